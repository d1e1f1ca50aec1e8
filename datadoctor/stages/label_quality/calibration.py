"""From a score that ranks to a probability, and from that to a threshold."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

LOWEST, HIGHEST = 0.25, 0.5


def isotonic(scores: NDArray[np.float32], targets: NDArray[np.float32]) -> NDArray[np.float32]:
    """The non-decreasing function of ``scores`` (n,) closest to ``targets`` (n,) in squares, at each score: (n,) float32."""
    from scipy.optimize import isotonic_regression

    _, where, counts = np.unique(scores, return_inverse=True, return_counts=True)
    means = np.bincount(where, weights=targets.astype(np.float64)) / counts
    fitted = isotonic_regression(means, weights=counts).x
    result: NDArray[np.float32] = np.clip(fitted, 0, 1)[where].astype(np.float32)
    return result


def with_mean(p: NDArray[np.floating], mean: float) -> NDArray[np.float32]:
    """The probabilities (n,) with the same amount added to all log-odds, so that their mean is as wanted: (n,) float32."""
    from scipy.optimize import brentq
    from scipy.special import expit, logit

    odds = logit(np.clip(p.astype(np.float64), 1e-6, 1 - 1e-6))
    wanted = float(np.clip(mean, 1e-6, 1 - 1e-6))
    shift = brentq(lambda amount: float(expit(odds + amount).mean()) - wanted, -40.0, 40.0)
    result: NDArray[np.float32] = expit(odds + shift).astype(np.float32)
    return result


def threshold(p_mislabel: NDArray[np.float32]) -> float:
    """The probability from which labels are flagged, in [1/4, 1/2]: where the expected F1 is largest.

    F1 of flagging the m most suspicious is expected to be about 2 (sum of their p) / (m + sum of all p) (Lipton, Elkan &
    Naryanaswamy 2014, ECML). Over one half an item is wrong rather than right; under one quarter most looks would be in vain.
    """
    falling = np.sort(p_mislabel.astype(np.float64))[::-1]
    hits = np.cumsum(falling)
    expected = 2 * hits / (np.arange(1, len(falling) + 1) + hits[-1] + 1e-12)
    return float(np.clip(falling[int(expected.argmax())], LOWEST, HIGHEST))
