"""One pass over the files, and what it gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from datadoctor.progress import Progress
from datadoctor.sources import Listing
from datadoctor.stages import fit, stage
from datadoctor.stages.dataset import Images
from datadoctor.stages.dataset.look import Look, bands_of

if TYPE_CHECKING:
    from datadoctor.stages.embeddings.choice import Choice
    from datadoctor.stages.reading.read import Reading


@fit(keep=True)
def short_side(listing: Listing) -> int:
    """The typical short side of the images in pixels."""
    from datadoctor.stages.reading.sizes import typical_short_side

    return typical_short_side(listing)


@fit()
def small_side(listing: Listing) -> int:
    """The side of the small images in pixels."""
    from datadoctor.stages.reading.sizes import small_side

    return small_side(listing)


@fit()
def look(listing: Listing, *, bands: str, max_pixels: int, notice: Callable[[str], None]) -> Look:
    """How images are made visible: the bands, and of more than 8 bits the values shown as black and white."""
    from datadoctor.stages.reading import ranges, said

    asked = Look(bands=bands_of(bands), most_pixels=max_pixels)
    found = replace(asked, ranges=ranges.survey(listing.files(), asked))
    said.of_look(found, notice)
    return found


@stage(known_by=lambda reading: (reading.images.digests, reading.images.look.key))
def reading(
    listing: Listing,
    choice: Choice,
    small_side: int,
    look: Look,
    *,
    embeddings: Path | None,
    cache: Path | None,
    folder: Path,
    progress: Progress,
    notice: Callable[[str], None],
) -> Reading:
    """One pass over the files."""
    from datadoctor.cache import ImageCache
    from datadoctor.cache.pruning import prune_if_large
    from datadoctor.stages.reading import said
    from datadoctor.stages.reading.read import read

    images = ImageCache(cache)
    try:
        extractor = None if embeddings else choice.extractor
        made = read(listing, extractor, side=small_side, look=look, cache=images, out=folder, progress=progress)
    finally:
        images.close()
    prune_if_large(images.path.parent)
    said.of_images(made.images, notice)
    return made


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
