"""How large the images of a listing are, by their headers: sizes that are fitted before anything is read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from datadoctor.sources import Listing, file_on_disk
from datadoctor.stages.reading.formats import FORMATS

SMALL_SIDE = 48
LEAST_SMALL_SIDE = 16
SAMPLED_HEADERS = 200


def small_side(listing: Listing) -> int:
    """Side in pixels of the small images: 48, or the typical short side of the images where that is smaller (at least 16)."""
    return max(LEAST_SMALL_SIDE, min(SMALL_SIDE, typical_short_side(listing)))


def typical_short_side(listing: Listing) -> int:
    """Median short side in pixels, from the headers of up to 200 images spread over the listing; 224 if none can be read."""
    rows = np.unique(np.linspace(0, len(listing) - 1, min(len(listing), SAMPLED_HEADERS)).astype(int))
    files = (file_on_disk(listing.root, listing.paths[row], listing.names_on_disk) for row in rows.tolist())
    sides = [side for file in files if (side := _header_short_side(file)) > 0]
    return int(np.median(sides)) if sides else 224


def _header_short_side(file: Path) -> int:
    try:
        # Opening a pipe could wait for ever.
        if not file.is_file():
            return 0
        with Image.open(file, formats=FORMATS) as image:
            return min(image.size)
    except Exception:  # noqa: BLE001 - damaged files are reported when they are read
        return 0
