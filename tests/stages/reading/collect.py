"""Opened images as the columns that checks read."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from datadoctor.stages.dataset import Images
from datadoctor.stages.reading import quality
from datadoctor.stages.reading.images import Opened, Unreadable


def collect(results: Iterable[Opened | Unreadable]) -> Images:
    """The facts of images as columns, in their order; the pixels are let go one by one."""
    rows = [_facts(result) for result in results]
    readable, errors, warned, digests, pixel_digests, widths, heights, sizes, modes, figures = (
        zip(*rows, strict=True) if rows else ((),) * 10
    )
    return Images(
        readable=np.array(readable, dtype=np.bool_),
        errors=tuple(errors),
        warnings=tuple(warned),
        digests=tuple(digests),
        pixel_digests=tuple(pixel_digests),
        widths=np.array(widths, dtype=np.int32),
        heights=np.array(heights, dtype=np.int32),
        file_sizes=np.array(sizes, dtype=np.int64),
        modes=tuple(modes),
        quality={
            name: np.array([row.get(name, np.nan) for row in figures], dtype=np.float32) for name in quality.COLUMNS
        },
    )


def _facts(result: Opened | Unreadable) -> tuple[Any, ...]:
    if isinstance(result, Unreadable):
        return False, result.cause, "", result.digest, "", 0, 0, result.file_size, "", {}
    image = result
    size = (image.width, image.height, image.file_size)
    return True, "", image.warning, image.digest, image.pixel_digest, *size, image.mode, image.quality
