"""The share of wrong given labels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from datadoctor.artifacts.label_quality import ErrorRate

# Bounds farther apart than this cannot both be near the truth: only an audit by hand can tell.
NOT_IDENTIFIABLE = 3.0


def between(low: float, estimate: float, high: float) -> ErrorRate:
    """An estimate with its bounds, in order; not identifiable where they differ by more than a factor of 3."""
    low, high = min(low, estimate), max(high, estimate)
    return ErrorRate(estimate, low, high, high <= NOT_IDENTIFIABLE * low)


def expected_errors(p_mislabel: NDArray[np.float32], queue: NDArray[np.int64]) -> NDArray[np.float32]:
    """Expected wrong labels among the first 1..m rows of ``queue``, (m,) float32."""
    return np.cumsum(p_mislabel[queue], dtype=np.float64).astype(np.float32)
