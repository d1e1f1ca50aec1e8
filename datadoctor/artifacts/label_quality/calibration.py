"""From a score that ranks to a probability that is right as often as it says."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def isotonic(scores: NDArray[np.float32], targets: NDArray[np.float32]) -> NDArray[np.float32]:
    """The non-decreasing function of ``scores`` (n,) closest to ``targets`` (n,) in squares, at each score: (n,) float32."""
    from scipy.optimize import isotonic_regression

    order = np.lexsort((targets, scores))
    unique, start = np.unique(scores[order], return_index=True)
    counts = np.diff(np.append(start, len(scores)))
    means = np.add.reduceat(targets[order].astype(np.float64), start) / counts
    fitted = isotonic_regression(means, weights=counts).x
    result: NDArray[np.float32] = fitted[np.searchsorted(unique, scores)].astype(np.float32)
    return result
