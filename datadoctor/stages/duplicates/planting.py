"""Changed copies of some of a dataset's own images: whether they would be found again says what the search misses.

Nobody knows the duplicates of a new dataset, but copies can be made of its images. Whether such a pair is recognised once it is looked
at is found here; whether it would be looked at at all, by ``reaching``.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageEnhance, ImageOps

from datadoctor.stages.dataset import Dataset
from datadoctor.stages.duplicates.features import features
from datadoctor.stages.duplicates.screening import may_be_one_picture, sketch
from datadoctor.stages.duplicates.verification import compare
from datadoctor.stages.duplicates.workers import workers
from datadoctor.stages.embeddings.extractor import Extractor
from datadoctor.stages.reading.budget import BUDGET
from datadoctor.stages.reading.images import reduced
from datadoctor.stages.reading.opening import Makers, squashed

ORIGINALS = 16
# Copies of large images are made smaller: verification looks at 256 px anyway.
SIDE = 1024


@dataclass(frozen=True, slots=True)
class Planted:
    """m copies: ``rows`` (m,) int32 of the images they are made of, ``changes`` (m,): what was done, by its place in ``CHANGES``.

    ``recognised`` (m,) bool: as the same picture, once the two are compared. ``small`` (m, s, s, 3) uint8: squashed to a small square;
    ``shown`` (m, side, side, 3) uint8: as the network is shown images, side 0 without one.
    """

    rows: NDArray[np.int32]
    changes: NDArray[np.int32]
    recognised: NDArray[np.bool_]
    small: NDArray[np.uint8]
    shown: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.rows)

    def shares(self, those: NDArray[np.bool_]) -> dict[str, float]:
        """Share of ``those`` (m,) among the copies made by each change; nothing without copies."""
        by_change = ((name, those[self.changes == number]) for number, name in enumerate(CHANGES))
        return {name: float(some.mean()) for name, some in by_change if len(some)}


def planted(dataset: Dataset, extractor: Extractor | None, small_side: int, *, seed: int) -> Planted:
    """Copies of up to 16 images under each change; none of what cannot be read any more."""
    rng = np.random.default_rng(seed)
    rows = np.sort(rng.choice(len(dataset), min(ORIGINALS, len(dataset)), replace=False)).tolist()
    makers = Makers(small_side, extractor, dataset.images.look)

    def plant(row: int) -> Planted | None:
        with BUDGET.held():
            image = reduced(dataset.file(row), dataset.images.look, SIDE)
            return _planted(row, image, makers) if image else None

    with workers() as pool:
        found = [some for some in pool.map(plant, rows) if some]
    return _joined(found or [_of_none(makers)])


def _planted(row: int, image: Image.Image, makers: Makers) -> Planted:
    copies = [change(image) for change in CHANGES.values()]
    drawn, sketches = sketch(image), [sketch(copy) for copy in copies]
    passed = may_be_one_picture([drawn] * len(copies), sketches).tolist()
    original = drawn.features or features(image)
    recognised = [
        passes and compare(original, one.features or features(copy)).same
        for passes, one, copy in zip(passed, sketches, copies, strict=True)
    ]
    shown, bilinear = (makers.input_side, makers.resampling), (makers.small_side, Image.Resampling.BILINEAR)
    small, large = (
        np.stack([squashed(copy, side, how) for copy in copies]) if side else np.zeros((len(copies), 0, 0, 3), np.uint8)
        for side, how in (bilinear, shown)
    )
    numbers = np.arange(len(copies), dtype=np.int32)
    return Planted(np.full(len(copies), row, np.int32), numbers, np.array(recognised, bool), small, large)


def _of_none(makers: Makers) -> Planted:
    none = np.zeros(0, np.int32)
    small, shown = (np.zeros((0, side, side, 3), np.uint8) for side in (makers.small_side, makers.input_side))
    return Planted(none, none, none.astype(bool), small, shown)


def _joined(parts: list[Planted]) -> Planted:
    columns = zip(*((one.rows, one.changes, one.recognised, one.small, one.shown) for one in parts), strict=True)
    return Planted(*map(np.concatenate, columns))


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
