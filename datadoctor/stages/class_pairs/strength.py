"""How ambiguous a class pair is: two sides of it, and their weighted geometric mean.

``mutual``: √(m_ab m_ba), m_ab the mean probability of b for items given a; confusion must go both ways. ``flips``: the share
of the items that truly are of either class but given the other, as the confident joint estimates it. The first says how
alike the two look, and mixes weak models with weak labels; the second that those who labelled them took one for the other,
but counts few items, and where the model is sure and wrong it counts those.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from datadoctor.stages.class_pairs.evidence import Evidence

# The weight that predicts the wrong labels of other images best (docs/decisions/class-pairs.md).
WEIGHT_OF_FLIPS = 0.25
NORMAL_95 = 1.959964


def ambiguity_of(seen: Evidence) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Ambiguity (m,) in [0, 1], and the ends of an interval that covers it in 95 % or more, by the delta method."""
    mutual, flips = parts(seen)
    ambiguity = mutual ** (1 - WEIGHT_OF_FLIPS) * flips**WEIGHT_OF_FLIPS
    # Flips and probabilities of the same items may err together: at worst their errors add.
    of_flips = np.sqrt(np.maximum(1 - flips, 0) / ((seen.n_true + 2) * flips))
    error = (1 - WEIGHT_OF_FLIPS) * _error_of_mutual(seen) + WEIGHT_OF_FLIPS * of_flips
    margin = np.exp(np.minimum(NORMAL_95 * error, 100))
    low, high = ambiguity / margin, np.minimum(ambiguity * margin, 1)
    return ambiguity.astype(np.float32), low.astype(np.float32), high.astype(np.float32)


def parts(seen: Evidence) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """``mutual`` and ``flips`` (m,) of each pair, in [0, 1]."""
    mutual = np.sqrt(seen.from_a.mass * seen.from_b.mass)
    # One more item a class, confused as the model expects, so that a pair without a confirmed flip still has its place.
    return mutual, (seen.flips + seen.from_a.mass + seen.from_b.mass) / (seen.n_true + 2)


def _error_of_mutual(seen: Evidence) -> NDArray[np.float64]:
    """Standard error of ln mutual, from the spread of the items."""
    variance = np.zeros(len(seen.a))
    for side, n_items in ((seen.from_a, seen.n_a), (seen.from_b, seen.n_b)):
        # One item says nothing about the spread of its class.
        of_mean = np.where(n_items > 1, side.var_mass / np.maximum(n_items - 1, 1), np.inf)
        variance += of_mean / side.mass**2 / 4
    return np.sqrt(variance)
