"""Image quality: cheap figures of one image that do not depend on any other, so adding images never changes what is said of it.

Measured on luma (ITU-R 601, 0 black to 1 white) of the image shrunk by a whole factor until no side is over 320 pixels.

| figure | range | what it is | suspect |
|---|---|---|---|
| ``highlight`` | 0 to 1 | 95th percentile of luma | low: dark |
| ``shadow`` | 0 to 1 | 5th percentile of luma | high: bright |
| ``contrast`` | 0 to 1 | 99th minus 1st percentile of luma | low: low information |
| ``sharpness`` | 0 to 4, and beyond on flat images | 99.5th percentile of the absolute Laplacian, over contrast | low: blurry |
| ``aspect`` | 1 or more | longer over shorter side of the file's picture | high: odd aspect |

Sharpness asks for the sharpest places only, so a sharp subject before a soft background is sharp; divided by contrast, it is
the same for a faded copy. (The variance of the Laplacian, the usual focus measure, is not: Pech-Pacheco et al. 2000.)
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from PIL import Image

COLUMNS = ("highlight", "shadow", "contrast", "sharpness", "aspect")
LONGEST_SIDE = 320


def figures(rgb: Image.Image) -> Mapping[str, float]:
    """The figures of an RGB image, by the names in ``COLUMNS``."""
    luma = _luma(rgb)
    below = np.cumsum(luma.histogram()) / (luma.width * luma.height)
    # A percentile is the smallest value that at least this share of the pixels do not exceed.
    low, shadow, highlight, high = np.searchsorted(below, (0.01, 0.05, 0.95, 0.99)).tolist()
    contrast = high - low
    return {
        "highlight": highlight / 255,
        "shadow": shadow / 255,
        "contrast": contrast / 255,
        "sharpness": _strongest_edges(luma) / max(contrast, 1),
        "aspect": max(rgb.size) / min(rgb.size),
    }


def _luma(rgb: Image.Image) -> Image.Image:
    factor = -(-max(rgb.size) // LONGEST_SIDE)
    # A side shorter than the factor becomes one pixel.
    small = rgb.reduce((min(factor, rgb.width), min(factor, rgb.height))) if factor > 1 else rgb
    return small.convert("L")


def _strongest_edges(luma: Image.Image) -> int:
    """99.5th percentile of the absolute Laplacian (0 to 1020); the border repeats, so one pixel has none."""
    values = np.pad(np.asarray(luma).astype(np.int16), 1, mode="edge")
    laplacian = 4 * values[1:-1, 1:-1]
    for neighbour in (values[1:-1, :-2], values[1:-1, 2:], values[:-2, 1:-1], values[2:, 1:-1]):
        laplacian -= neighbour
    rank = int(0.995 * laplacian.size)
    return int(np.partition(np.abs(laplacian).ravel(), rank)[rank])
