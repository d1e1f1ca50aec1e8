"""How ambiguous a class pair is: three sides of it, and their geometric mean.

``mutual``: √(m_ab m_ba), m_ab the mean probability of b for items given a; confusion must go both ways. ``disagreement``:
how often two annotators differ who can only say a or b and say each with its probability for the item, as a share of what
guessing gives: mean 4 q (1 - q), over both classes alike. 2 q (1 - q) is also the error of the nearest neighbour in the
limit (Cover & Hart 1967). ``flips``: the share of the items that truly are of either class but given the other, as the
confident joint estimates it. The first says how many items look like both, the second how hopeless they are, the third
that those who labelled them took one for the other.
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
    disagreement = (seen.from_a.disagreement + seen.from_b.disagreement) / 2
    # One more item a class, confused as the model expects, so that a pair without a confirmed flip still has its place.
    items = seen.n_true + 2
    flips = (seen.flips + seen.from_a.mass + seen.from_b.mass) / items
    ambiguity = (mutual * disagreement * flips) ** PART
    # Flips and probabilities of the same items may err together: at worst their errors add.
    error = _error_of_looks(seen, disagreement) + PART * np.sqrt((np.maximum(1 - flips, 0)) / (items * flips))
    margin = np.exp(np.minimum(NORMAL_95 * error, 100))
    low, high = ambiguity / margin, np.minimum(ambiguity * margin, 1)
    return ambiguity.astype(np.float32), low.astype(np.float32), high.astype(np.float32)


def _error_of_looks(seen: Evidence, disagreement: NDArray[np.float64]) -> NDArray[np.float64]:
    """Standard error of ln (mutual x disagreement) / 3, from the spread of the items."""
    variance = np.zeros(len(disagreement))
    # Without any disagreement the ambiguity is 0, whatever its relative error.
    by_disagreement = PART / 2 / np.where(disagreement > 0, disagreement, 1)
    for side, n_items in ((seen.from_a, seen.n_a), (seen.from_b, seen.n_b)):
        by_mass = PART / 2 / side.mass
        of_one = (
            by_mass**2 * side.var_mass
            + by_disagreement**2 * side.var_disagreement
            + 2 * by_mass * by_disagreement * side.covariance
        )
        # One item says nothing about the spread of its class.
        variance += np.where(n_items > 1, of_one / np.maximum(n_items - 1, 1), np.inf)
    return np.sqrt(variance)
