"""Index: the nearest neighbours of every image, found once and used by every check."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datadoctor.stages.dataset import Images

# Of each image that are looked up and kept.
NEIGHBOURS = 30


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The k nearest other images of each image.

    ``rows`` (n, k) int32: nearest first, ties by row, never the image itself, -1 where fewer than k others exist.
    ``cosines`` (n, k) float32 in [-1, 1]: larger is nearer; NaN where ``rows`` is -1. ``made_by`` names index kind and device.
    ``recall``: share of true nearest neighbours found, measured against exact search on a sample (1.0 for exact search).
    """

    rows: NDArray[np.int32]
    cosines: NDArray[np.float32]
    made_by: str
    recall: float


@dataclass(frozen=True, slots=True)
class Reference:
    """What later images are compared with: ``images``, n of them, and their ``vectors`` (n, d) float32 rows of length 1."""

    images: Images
    vectors: NDArray[np.float32]
