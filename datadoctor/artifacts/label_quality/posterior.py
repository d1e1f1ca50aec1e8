"""The posterior of the true class, given the image and the given label: Bayes' rule with the transition matrix."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def of_true_class(
    fused: NDArray[np.float32], labels: NDArray[np.int32], transition: NDArray[np.float64], exponent: float
) -> NDArray[np.float32]:
    """(m, K) float32, rows sum to 1: proportional to ``fused[k] * transition[k, label] ** exponent``.

    ``exponent`` in [0, 1] tempers the transition matrix (0 ignores it). Rows without a label (-1) keep ``fused``.
    """
    evidence = np.ones((len(transition) + 1, len(transition)), dtype=np.float32)
    evidence[:-1] = (transition**exponent).T
    joint = fused * evidence[labels]
    result: NDArray[np.float32] = joint / joint.sum(axis=1, keepdims=True)
    return result
