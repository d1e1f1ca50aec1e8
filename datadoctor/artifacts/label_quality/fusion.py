"""Fusion: several views made one, each weighted by how much it helps to predict given labels it has not seen.

A logarithmic opinion pool (Genest & Zidek 1986, Statistical Science 1): log p = sum of weight times log view, less a constant.
The weights, none negative, minimise the cross-entropy of the given labels; every view is out-of-sample, so a handful of weights
cannot overfit, and a view that adds nothing gets weight 0. Their sum also calibrates: below 1 it softens, above 1 it sharpens.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

# A view may be wrong with certainty; one millionth keeps its veto finite.
FLOOR = 1e-6
# Weights of a few views need no more evidence than this.
VALUES_TO_FIT = 2**24


def log_pool(views: Sequence[NDArray[np.float32]], weights: NDArray[np.float64]) -> NDArray[np.float32]:
    """The fused probabilities (m, K) float32 of m rows of each view; rows sum to 1."""
    total = np.zeros_like(views[0], dtype=np.float32)
    for view, weight in zip(views, weights, strict=True):
        if weight > 0:
            total += np.float32(weight) * np.log(np.maximum(view, np.float32(FLOOR)))
    return _softmax(total)


def weights(
    views: Sequence[NDArray[np.float32]], labels: NDArray[np.int32], rows: NDArray[np.int64]
) -> NDArray[np.float64]:
    """The weight of each view, at least 0, from the given labels of ``rows``; equal weights without rows."""
    from scipy.optimize import minimize

    start = np.full(len(views), 1 / len(views))
    if len(rows) == 0:
        return start
    rows = rows[:: 1 + len(rows) * views[0].shape[1] // VALUES_TO_FIT]
    logs = [np.log(np.maximum(view[rows], np.float32(FLOOR))) for view in views]
    each, given = np.arange(len(rows)), labels[rows]
    at_given = np.array([log[each, given].mean(dtype=np.float64) for log in logs])

    def loss(weight: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        fused = _softmax(np.sum([np.float32(w) * log for w, log in zip(weight, logs, strict=True)], axis=0))
        expected = np.array([(fused * log).sum(axis=1).mean(dtype=np.float64) for log in logs])
        at_label = np.maximum(fused[each, given], 1e-30)
        return float(-np.log(at_label).mean(dtype=np.float64)), expected - at_given

    bounds = [(0.0, None)] * len(views)
    found: NDArray[np.float64] = minimize(loss, start, jac=True, bounds=bounds, method="L-BFGS-B").x
    return found if found.sum() > 0 else start


def _softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    result: NDArray[np.float32] = shifted / shifted.sum(axis=1, keepdims=True)
    return result
