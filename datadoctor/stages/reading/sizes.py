"""How large the images of a listing are, by their headers: sizes that are fitted before anything is read."""

from __future__ import annotations

import numpy as np
from PIL import Image

from datadoctor.sources import Listing
from datadoctor.sources.originals import ImageFile, box_of, opened
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
    sides = [side for row in rows.tolist() if (side := _header_short_side(listing.file(row))) > 0]
    return int(np.median(sides)) if sides else 224


def _header_short_side(file: ImageFile) -> int:
    try:
        with opened(file) as stream, Image.open(stream, formats=FORMATS) as image:
            box = box_of(file)
            left, top, right, bottom = box.looked_at(*image.size) if box else (0, 0, *image.size)
            return min(right - left, bottom - top)
    except Exception:  # noqa: BLE001 - damaged files are reported when they are read
        return 0
