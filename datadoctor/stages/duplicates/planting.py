"""How many copies of this dataset's own images would be recognised once they are candidates, per kind of change.

Nobody knows the duplicates of a new dataset, but changed copies can be made of its images. This measures the cheap look and the
thorough one together: that a copy becomes a candidate at all is not part of it.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageOps

from datadoctor.stages.dataset import Dataset
from datadoctor.stages.duplicates.features import features
from datadoctor.stages.duplicates.screening import may_be_one_picture, sketch
from datadoctor.stages.duplicates.verification import compare
from datadoctor.stages.duplicates.workers import workers
from datadoctor.stages.reading.budget import BUDGET
from datadoctor.stages.reading.images import reduced

PLANTED = 16
# Copies of large images are made smaller: verification looks at 256 px anyway.
SIDE = 1024


def planted_recall(dataset: Dataset, *, seed: int) -> dict[str, float]:
    """Share in [0, 1] of up to 16 images recognised after each change; empty for a dataset without images."""
    rng = np.random.default_rng(seed)
    rows = np.sort(rng.choice(len(dataset), min(PLANTED, len(dataset)), replace=False)).tolist()

    def same(row: int) -> list[bool]:
        with BUDGET.held():
            image = reduced(dataset.file(row), dataset.images.look, SIDE)
            if image is None:
                return []
            drawn, copies = sketch(image), [change(image) for change in CHANGES.values()]
            sketches = [sketch(copy) for copy in copies]
            passed = may_be_one_picture([drawn] * len(copies), sketches).tolist()
            original = drawn.features or features(image)
            return [
                passes and compare(original, one.features or features(copy)).same
                for passes, one, copy in zip(passed, sketches, copies, strict=True)
            ]

    with workers() as pool:
        found = [results for results in pool.map(same, rows) if results]
    return {name: float(share) for name, share in zip(CHANGES, np.mean(found, axis=0), strict=True)} if found else {}


def _recompressed(image: Image.Image) -> Image.Image:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=50)
    return Image.open(file).convert("RGB")


def _rescaled(image: Image.Image) -> Image.Image:
    return image.resize((max(1, image.width * 6 // 10), max(1, image.height * 6 // 10)), Image.Resampling.BICUBIC)


def _cropped(image: Image.Image) -> Image.Image:
    # 89 % of each side is 80 % of the area; not the middle, so that the content shifts.
    width, height = max(1, round(image.width * 0.89)), max(1, round(image.height * 0.89))
    return image.crop((0, 0, width, height))


def _squashed(image: Image.Image) -> Image.Image:
    return image.resize((image.width, max(1, image.height * 6 // 10)), Image.Resampling.BICUBIC)


def _turned(image: Image.Image) -> Image.Image:
    return image.rotate(20, Image.Resampling.BICUBIC, expand=True)


def _grey(image: Image.Image) -> Image.Image:
    return image.convert("L").convert("RGB")


def _brighter(image: Image.Image) -> Image.Image:
    return ImageEnhance.Brightness(image).enhance(1.3)


def _lettered(image: Image.Image) -> Image.Image:
    copy = image.copy()
    ImageDraw.Draw(copy).text(
        (image.width // 20, image.height // 2), "SAMPLE", (255, 255, 255), font_size=image.height // 6 + 4
    )
    return copy


CHANGES: Mapping[str, Callable[[Image.Image], Image.Image]] = {
    "recompressed to JPEG 50": _recompressed,
    "rescaled to 60 %": _rescaled,
    "cropped to 80 %": _cropped,
    "mirrored": ImageOps.mirror,
    "squashed to 60 %": _squashed,
    "turned by 20°": _turned,
    "inverted": ImageOps.invert,
    "grey": _grey,
    "30 % brighter": _brighter,
    "text over it": _lettered,
}
