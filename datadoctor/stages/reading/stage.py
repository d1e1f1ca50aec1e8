"""One pass over the files, and what it gives."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from datadoctor.progress import Progress
from datadoctor.sources import Listing
from datadoctor.stages import fit, stage
from datadoctor.stages.dataset import Images

if TYPE_CHECKING:
    from datadoctor.stages.embeddings.choice import Choice
    from datadoctor.stages.reading.read import Reading


@fit()
def short_side(listing: Listing) -> int:
    """The typical short side of the images in pixels."""
    from datadoctor.stages.reading.sizes import typical_short_side

    return typical_short_side(listing)


@fit()
def small_side(listing: Listing) -> int:
    """The side of the small images in pixels."""
    from datadoctor.stages.reading.sizes import small_side

    return small_side(listing)


@stage(known_by=lambda reading: reading.images.digests)
def reading(
    listing: Listing,
    choice: Choice,
    small_side: int,
    *,
    embeddings: Path | None,
    cache: Path | None,
    folder: Path,
    progress: Progress,
) -> Reading:
    """One pass over the files."""
    from datadoctor.cache import ImageCache
    from datadoctor.stages.reading.read import read

    images = ImageCache(cache)
    try:
        extractor = None if embeddings else choice.extractor
        return read(listing, extractor, side=small_side, cache=images, out=folder, progress=progress)
    finally:
        images.close()


@stage()
def images(reading: Reading) -> Images:
    """Facts of every listed image, readable or not."""
    return reading.images


@stage(known_by=lambda small: small)
def small(reading: Reading) -> NDArray[np.uint8]:
    """(n, s, s, 3) uint8: the readable images, squashed to a small square."""
    return reading.small


@stage()
def seen(reading: Reading) -> tuple[NDArray[np.float32] | None, NDArray[np.float16] | None]:
    """What the network made of the readable images: vectors, and further views of them side by side; None without one."""
    return reading.vectors, reading.views
