"""Lists, reads and embeds two datasets so that their vectors can be compared: one model, or the filters of the first, for both."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from datadoctor.cache import ImageCache
from datadoctor.errors import DataDoctorError
from datadoctor.sources import Listing
from datadoctor.sources.choice import list_source
from datadoctor.stages.dataset import readable_part
from datadoctor.stages.duplicates.compare import Side
from datadoctor.stages.embeddings.choice import choose
from datadoctor.stages.reading.read import Reading, read, typical_short_side
from datadoctor.stages.reading.thumbnails import Thumbnails

if TYPE_CHECKING:
    from datadoctor.config import Config
    from datadoctor.progress import Progress
    from datadoctor.stages.embeddings.extractor import Extractor


@dataclass(frozen=True, slots=True)
class ReadSide:
    """One dataset as ``compare`` takes it, its thumbnails, and the files that could not be read: path -> cause."""

    side: Side
    thumbnails: Thumbnails
    unreadable: dict[str, str]


@dataclass(frozen=True, slots=True)
class Sides:
    """Both datasets; ``seen_by`` names what looked at the images, ``notices`` what the user should know."""

    a: ReadSide
    b: ReadSide
    seen_by: str
    notices: tuple[str, ...]


def read_sides(a: Path, b: Path, configs: tuple[Config, Config], out: Path, progress: Progress) -> Sides:
    """Read both with the settings of each; arrays are written below ``out``. Raises ``DataDoctorError`` where none can be read."""
    listings = [list_source(root, config) for root, config in zip((a, b), configs, strict=True)]
    config = configs[0]
    short_side = min(typical_short_side(listing) for listing in listings)
    choice = choose(config.model, config.weights, short_side, config.device)
    if choice.notice:
        progress.say(choice.notice)
    folders = [out / "artifacts" / name for name in "ab"]
    read_ = [
        _read(one, choice.extractor, config, folder, progress) for one, folder in zip(listings, folders, strict=True)
    ]
    small = _same_side([one.small for one in read_])
    if choice.extractor is None:
        vectors, seen_by = _through_filters_of_first(small, folders, config, progress)
    else:
        vectors, seen_by = [one.vectors for one in read_ if one.vectors is not None], choice.extractor.made_by
    sides = [_side(*each) for each in zip(listings, read_, vectors, small, strict=True)]
    return Sides(sides[0], sides[1], seen_by, (choice.notice,) if choice.notice else ())


def _read(listing: Listing, extractor: Extractor | None, config: Config, out: Path, progress: Progress) -> Reading:
    cache = ImageCache(config.cache)
    try:
        found = read(listing, extractor, cache=cache, out=out, progress=progress)
    finally:
        cache.close()
    if not found.images.readable.any():
        raise DataDoctorError(f"{listing.root}: none of {len(listing):,} images could be read; check the folder")
    return found


def _same_side(small: list[NDArray[np.uint8]]) -> list[NDArray[np.uint8]]:
    """Both sets of small images at the side of the smaller, so that one set of filters fits both."""
    side = min(images.shape[1] for images in small)
    return [images if images.shape[1] == side else _shrunk(images, side) for images in small]


def _shrunk(images: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    box = Image.Resampling.BOX
    return np.stack([np.asarray(Image.fromarray(image).resize((side, side), box)) for image in images])


def _through_filters_of_first(
    small: list[NDArray[np.uint8]], folders: list[Path], config: Config, progress: Progress
) -> tuple[list[NDArray[np.float32]], str]:
    from datadoctor.stages.embeddings.patches import embed_filters, learn_filters

    filters = learn_filters(small[0], config.seed)
    seen = [
        embed_filters(filters, images, folder / "own_filters.npy", device=config.device, progress=progress)
        for images, folder in zip(small, folders, strict=True)
    ]
    return [one.vectors for one in seen], seen[0].made_by


def _side(listing: Listing, reading: Reading, vectors: NDArray[np.float32], small: NDArray[np.uint8]) -> ReadSide:
    errors = zip(listing.paths, reading.images.readable.tolist(), reading.images.errors, strict=True)
    unreadable = {path: error for path, readable, error in errors if not readable}
    return ReadSide(Side(readable_part(listing, reading.images), vectors, small), reading.thumbnails, unreadable)
