"""From a score that ranks to a probability, and from that to a threshold."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

EVEN = 0.5


def isotonic(scores: NDArray[np.float32], targets: NDArray[np.float32]) -> NDArray[np.float32]:
    """The non-decreasing function of ``scores`` (n,) closest to ``targets`` (n,) in squares, at each score: (n,) float32."""
    from scipy.optimize import isotonic_regression

    _, where, counts = np.unique(scores, return_inverse=True, return_counts=True)
    means = np.bincount(where, weights=targets.astype(np.float64)) / counts
    fitted = isotonic_regression(means, weights=counts).x
    result: NDArray[np.float32] = np.clip(fitted, 0, 1)[where].astype(np.float32)
    return result


def threshold(p_mislabel: NDArray[np.float32], identifiable: bool) -> float:
    """The probability from which labels are flagged: where the expected F1 is largest, at most one half.

    F1 of flagging the m most suspicious is expected to be about 2 (sum of their p) / (m + sum of all p) (Lipton, Elkan &
    Naryanaswamy 2014, ECML). Where the number of errors cannot be told from the views, one half: more likely wrong than right.
    """
    if not identifiable or len(p_mislabel) == 0:
        return EVEN
    falling = np.sort(p_mislabel.astype(np.float64))[::-1]
    hits = np.cumsum(falling)
    expected = 2 * hits / (np.arange(1, len(falling) + 1) + hits[-1] + 1e-12)
    return float(min(falling[int(expected.argmax())], EVEN))
