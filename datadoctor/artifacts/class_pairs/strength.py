"""How ambiguous a class pair is: three sides of it, and their geometric mean.

``mutual``: √(m_ab m_ba), m_ab the mean probability of b for items given a; confusion must go both ways. ``overlap``: how
much the distributions of the two classes overlap when only they are possible (the overlapping coefficient, twice the
Bayes error). ``flips``: the share of the items that truly are of either class but given the other, as the confident joint
estimates it. The first says how many items look like both, the second how hopeless they are, the third that those who
labelled them took one for the other.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from datadoctor.artifacts.class_pairs.evidence import Evidence

NORMAL_95 = 1.959964
PART = 1 / 3


def ambiguity_of(seen: Evidence) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Ambiguity (m,) in [0, 1], and the ends of an interval that covers it in 95 % or more, by the delta method."""
    mutual = np.sqrt(seen.from_a.mass * seen.from_b.mass)
    overlap = (seen.from_a.overlap + seen.from_b.overlap) / 2
    # One more item a class, confused as the model expects, so that a pair without a confirmed flip still has its place.
    items = seen.n_true + 2
    flips = (seen.flips + seen.from_a.mass + seen.from_b.mass) / items
    ambiguity = (mutual * overlap * flips) ** PART
    # Flips and probabilities of the same items may err together: at worst their errors add.
    error = _error_of_looks(seen, overlap) + PART * np.sqrt((np.maximum(1 - flips, 0)) / (items * flips))
    margin = np.exp(np.minimum(NORMAL_95 * error, 100))
    low, high = ambiguity / margin, np.minimum(ambiguity * margin, 1)
    return ambiguity.astype(np.float32), low.astype(np.float32), high.astype(np.float32)


def _error_of_looks(seen: Evidence, overlap: NDArray[np.float64]) -> NDArray[np.float64]:
    """Standard error of ln (mutual x overlap) / 3, from the spread of the items."""
    variance = np.zeros(len(overlap))
    for side, n_items in ((seen.from_a, seen.n_a), (seen.from_b, seen.n_b)):
        # Without any overlap the ambiguity is 0, whatever its relative error.
        by_mass, by_overlap = PART / 2 / side.mass, PART / 2 / np.where(overlap > 0, overlap, 1)
        of_one = (
            by_mass**2 * side.var_mass + by_overlap**2 * side.var_overlap + 2 * by_mass * by_overlap * side.covariance
        )
        # One item says nothing about the spread of its class.
        variance += np.where(n_items > 1, of_one / np.maximum(n_items - 1, 1), np.inf)
    return np.sqrt(variance)
