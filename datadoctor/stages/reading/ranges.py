"""Which values of images of more than 8 bits are black and white: found once for the dataset, so that all its images compare.

12 bits lie in 16, and nobody says so: the container's white would make every picture dark, and each picture's own white would make
a dark and a bright picture the same. Percentiles of values pooled over the images, a kind and channel at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from datadoctor.sources.originals import ImageFile
from datadoctor.stages.dataset.look import Look, Range
from datadoctor.stages.reading import images
from datadoctor.stages.reading.deep import Deep

SAMPLED_HEADERS, SAMPLED_IMAGES, SAMPLED_VALUES = 500, 64, 4096
LOWEST, HIGHEST = 0.1, 99.9
# Black is 0 unless all values lie in the upper half below the brightest, as temperatures do.
NARROW = 0.5
# A marker of missing data is farther from all values than this share of the largest, and than they span.
APART = 0.1
FLOAT_WHITES = (1.0, 255.0, 65535.0)
# JPEG, WebP, GIF and BMP have 8 bits at most.
_MAY_BE_DEEP = frozenset([".png", ".apng", ".tif", ".tiff", ".pgm", ".pnm", ".ppm", ".jp2", ".j2k", ".dcm", ".dicom"])


def survey(files: Sequence[ImageFile], look: Look) -> dict[str, tuple[Range, ...]]:
    """The ranges of every kind of more than 8 bits among up to 500 files spread over ``files``."""
    kinds: dict[str, list[NDArray[np.float64]]] = {}
    for deep in _deep_ones(files, look):
        kinds.setdefault(deep.kind, []).append(sampled(deep))
    return {kind: ranges(kind, np.concatenate(values)) for kind, values in sorted(kinds.items())}


def sampled(deep: Deep) -> NDArray[np.float64]:
    """(m, c) values of a grid of up to 4,096 pixels; NaN where there is no data."""
    height, width, n_channels = deep.values.shape
    step = max(1, round((height * width / SAMPLED_VALUES) ** 0.5))
    found = deep.values[step // 2 :: step, step // 2 :: step].reshape(-1, n_channels)
    return np.where(deep.missing(found), np.nan, found.astype(np.float64))


def ranges(kind: str, values: NDArray[np.float64]) -> tuple[Range, ...]:
    """(black, white) of each channel of values (m, c)."""
    whole = "int" in kind
    return tuple(_range(channel[np.isfinite(channel)], whole=whole) for channel in values.T)


def _range(values: NDArray[np.float64], *, whole: bool) -> Range:
    values = _without_markers(np.sort(values))
    if not len(values):
        return 0.0, 1.0
    low, high = (float(value) for value in np.percentile(values, (LOWEST, HIGHEST)))
    if low < 0 or low > NARROW * high:
        return low, high if high > low else low + 1.0
    if whole:
        return 0.0, float(2 ** max(1, int(high).bit_length()) - 1)
    return 0.0, next((white for white in FLOAT_WHITES if white / 2 <= high <= white), high or 1.0)


def _without_markers(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sorted values less those that mark missing data: one repeated value, farther from all others than these span."""
    for end in (0, -1):
        rest = values[values != values[end]] if len(values) else values
        if len(rest):
            low, high = np.percentile(rest, (LOWEST, HIGHEST))
            nearest = low if end == 0 else high
            if abs(float(values[end]) - float(nearest)) > max(high - low, abs(high) * APART):
                values = rest
    return values


def _deep_ones(files: Sequence[ImageFile], look: Look) -> Iterator[Deep]:
    possible = [file for file in _spread(files, SAMPLED_HEADERS) if file.suffix.lower() in _MAY_BE_DEEP]
    found = [file for file in possible if images.is_deep(file)]
    for file in _spread(found, SAMPLED_IMAGES):
        deep = images.read_deep(file, look)
        # 8 bits, of however many bands, say themselves what is white.
        if deep is not None and deep.values.dtype.itemsize > 1:
            yield deep


def _spread(files: Sequence[ImageFile], most: int) -> list[ImageFile]:
    places = np.unique(np.linspace(0, len(files) - 1, min(len(files), most)).astype(int))
    return [files[place] for place in places]
