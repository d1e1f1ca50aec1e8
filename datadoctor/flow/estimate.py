"""A forecast of the reading pass, from a few images and one batch: said before anything long begins."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from datadoctor import machine
from datadoctor.cache import ImageCache
from datadoctor.sources import Listing
from datadoctor.stages.dataset.look import Look
from datadoctor.stages.embeddings.extractor import Extractor
from datadoctor.stages.reading.opening import Makers, decode, known

SAMPLE = 12
# What the rows of all stages hold for an image besides memory-mapped files: digests, paths, figures.
BYTES_AN_IMAGE = 2_000
# What PyTorch takes once it is loaded, and what the libraries and the work of later stages add to it.
BYTES_OF_PYTORCH, BYTES_OF_LATER_STAGES = 1_150_000_000, 500_000_000
# What duplicates keep of an image to compare it again: a sketch, and features of those that are compared thoroughly.
BYTES_TO_COMPARE, MOST_BYTES_TO_COMPARE, MOST_BYTES_OF_ALL_TO_COMPARE = 20_000, 100_000, 1_000_000_000
# What the network sees, a column of an image: read into memory for the probes, and standardised.
BYTES_A_COLUMN = 8
# A decoded pixel has four bytes; the rest is what is made of it, in parts.
BYTES_A_PIXEL = 5


@dataclass(frozen=True, slots=True)
class Estimate:
    """``seconds`` the reading pass will take, ``peak_bytes`` of memory, and the share (0 to 1) of images it need not open."""

    seconds: float
    peak_bytes: int
    share_known: float


def forecast(
    listing: Listing,
    extractor: Extractor | None,
    small_side: int,
    look: Look,
    cache_folder: Path | None,
    embeddings: Path | None = None,
) -> str:
    """One line: what sees the images, and what reading them will take. ``embeddings``: the user's, with which no network looks."""
    extractor = None if embeddings else extractor
    cache = ImageCache(cache_folder)
    try:
        expected = estimate(listing, extractor, small_side, look, cache)
    finally:
        cache.close()
    runs_in = f" in {extractor.runs_in}" if extractor and expected.share_known < 1 else ""
    filters = "the filters of its own patches"
    eye = extractor.made_by if extractor else f"your embeddings and {filters}" if embeddings else filters
    # Where all images are known, what follows from them may be, too: then next to nothing is loaded.
    about = "up to" if expected.share_known == 1 else "about"
    return (
        f"seen through {eye}{runs_in}; "
        f"reading takes about {expected.seconds:.0f} s, "
        f"memory {about} {expected.peak_bytes / 1e9:.1f} GB"
    )


def estimate(
    listing: Listing, extractor: Extractor | None, small_side: int, look: Look, cache: ImageCache, sample: int = SAMPLE
) -> Estimate:
    """Look up ``sample`` images spread over the listing, decode those not in the cache and embed one batch, with a clock."""
    rows = np.unique(np.linspace(0, len(listing) - 1, min(len(listing), sample)).astype(int)).tolist()
    files = [listing.file(row) for row in rows]
    makers = Makers(small_side, extractor, look)
    new = [file for file in files if known(file, cache, makers) is None]
    share_new = len(new) / max(len(files), 1)
    start = time.perf_counter()
    decoded = [decode(file, makers).facts for file in new]
    decoding = (time.perf_counter() - start) / max(len(new), 1) / machine.workers()
    seconds = len(listing) * share_new * (decoding + (_forward_seconds(extractor) if extractor and new else 0.0))
    pixels = max((facts.width * facts.height for facts in decoded), default=0)
    comparing = min(BYTES_TO_COMPARE + pixels, MOST_BYTES_TO_COMPARE) * len(listing)
    seen = (BYTES_AN_IMAGE + BYTES_A_COLUMN * _columns(extractor)) * len(listing)
    peak = _peak(pixels) + seen + min(comparing, MOST_BYTES_OF_ALL_TO_COMPARE)
    return Estimate(seconds, peak, 1 - share_new)


def _peak(pixels: int) -> int:
    """Bytes at the worst moment: duplicates are verified by decoding once more when most libraries are loaded."""
    at_once = min(machine.workers() * pixels, max(machine.pixels_at_once(), pixels))
    libraries = 0 if "torch" in sys.modules else BYTES_OF_PYTORCH
    return machine.used_memory() + libraries + max(BYTES_OF_LATER_STAGES, BYTES_A_PIXEL * at_once)


def _columns(extractor: Extractor | None) -> int:
    """Of all that is seen of an image: the vectors and the further views."""
    return sum(parts[-1].stop for parts in (extractor.stages, extractor.views) if parts) if extractor else 0


def _forward_seconds(extractor: Extractor) -> float:
    """Seconds an image of a batch, warmed up."""
    batch = np.zeros((extractor.batch_size, extractor.side, extractor.side, 3), dtype=np.uint8)
    extractor.embed_views(batch)
    start = time.perf_counter()
    extractor.embed_views(batch)
    return (time.perf_counter() - start) / len(batch)
