"""Confusion: which classes are predicted for items given each class, and what that says about their true classes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Confusion:
    """Statistics of given labels against out-of-sample probabilities, over the n items that have a given label.

    Every matrix is (K, K) with the given class in the row, except ``transition``, whose rows are true classes; a class no
    item is given has zero rows. ``n_given`` (K,) int64: items given each class.
    ``argmax_counts`` int32: items given j whose most probable class is k (argmax, ties to the lowest k).
    ``mean_probability`` float32: mean over items given j of p(k); rows sum to 1.
    ``soft`` float32: mean over items given j of p(k) / (1 - p(j)), 0 on the diagonal; rows sum to at most 1. Where the items of
    j would go if there were no j, so that it says something however accurate the model is.
    ``confident_joint`` float32: calibrated confident joint, estimated items given j whose true class is k; sums to n.
    ``transition`` float32: P(given k | true j), rows sum to 1; the identity for a class that no item truly has.
    ``thresholds`` (K,) float32: mean p(j) of items given j, the confidence a class needs; NaN where none is given.
    """

    n_given: NDArray[np.int64]
    argmax_counts: NDArray[np.int32]
    mean_probability: NDArray[np.float32]
    soft: NDArray[np.float32]
    confident_joint: NDArray[np.float32]
    transition: NDArray[np.float32]
    thresholds: NDArray[np.float32]
