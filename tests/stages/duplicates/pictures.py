"""Made-up photographs with enough texture for local features, and datasets of them."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from datadoctor.cache import ImageCache
from datadoctor.progress import Silent
from datadoctor.sources import Listing
from datadoctor.stages.dataset import Dataset, readable_part
from datadoctor.stages.reading.read import read


def picture(seed: int, width: int = 240, height: int = 180) -> Image.Image:
    """Coloured polygons on a cloudy background: different for every seed."""
    rng = np.random.default_rng(seed)
    clouds = Image.fromarray(rng.integers(0, 256, (5, 6, 3), dtype=np.uint8)).resize(
        (width, height), Image.Resampling.BICUBIC
    )
    draw = ImageDraw.Draw(clouds)
    for _ in range(40):
        centre = rng.uniform(0, [width, height])
        corners = centre + rng.normal(0, height / 10, (rng.integers(3, 6), 2))
        draw.polygon([(float(x), float(y)) for x, y in corners], fill=tuple(rng.integers(0, 256, 3).tolist()))
    return clouds


def dataset_of(
    root: Path, images: Mapping[str, Image.Image | bytes], splits: Sequence[str] | None = None
) -> tuple[Dataset, NDArray[np.uint8]]:
    """Write the images (or files) and read them as an audit does: the dataset, and its small images."""
    (root / "images").mkdir(parents=True, exist_ok=True)
    for name, image in images.items():
        if isinstance(image, bytes):
            (root / "images" / name).write_bytes(image)
        else:
            image.save(root / "images" / name)
    paths = tuple(sorted(images))
    empty = ("",) * len(paths)
    listing = Listing(
        root / "images", paths, np.zeros(len(paths), np.int32), ("a",), tuple(splits) if splits else empty, empty
    )
    cache = ImageCache(root / "cache")
    reading = read(listing, None, cache=cache, out=root / "out", progress=Silent())
    cache.close()
    return readable_part(listing, reading.images), reading.small
