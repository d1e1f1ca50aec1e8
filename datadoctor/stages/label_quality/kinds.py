"""The kind of each flag: what a reviewer will probably find."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

RELABEL, SEVERAL, AMBIGUOUS, OFF_TOPIC, UNSURE = "relabel", "several objects", "ambiguous pair", "off-topic", "unsure"
# Two classes that take this share of each other's probability on average overlap.
MUTUAL_SHARE = 0.1
# Evidence for the given label of at least this share of that for the suggested one.
BOTH_SHARE = 1 / 3
# Less like its nearest neighbours than all but this share of the images.
ISOLATED_SHARE = 0.02


def kinds(
    fused: NDArray[np.float32],
    given: NDArray[np.int32],
    suggested: NDArray[np.int32],
    confidence_needed: NDArray[np.float32],
    mean_probability: NDArray[np.float64],
    superclass_of: NDArray[np.int32],
    isolated: NDArray[np.bool_],
) -> list[str]:
    """The kind of each of m flagged items.

    ``fused`` (m, K) probabilities without the label; ``given``, ``suggested`` (m,) classes; ``confidence_needed`` (K,) mean
    probability of a class among its items; ``mean_probability`` (K, K) of each class among the items given another (row);
    ``superclass_of`` (K,); ``isolated`` (m,) bool: far from every other image.
    """
    each = np.arange(len(given))
    p_given, p_suggested = fused[each, given], fused[each, suggested]
    mutual = np.minimum(mean_probability[given, suggested], mean_probability[suggested, given])
    weak = p_suggested < np.minimum(confidence_needed[suggested], 0.5)
    both = (p_given >= BOTH_SHARE * p_suggested) & (superclass_of[given] != superclass_of[suggested])
    # The first that holds.
    choices = [weak & isolated, mutual > MUTUAL_SHARE, both, weak]
    found = np.select(choices, [OFF_TOPIC, AMBIGUOUS, SEVERAL, UNSURE], default=RELABEL)
    return [str(kind) for kind in found]


def isolated(cosines: NDArray[np.float32]) -> NDArray[np.bool_]:
    """(n,) bool: the mean cosine to the nearest five is among the lowest 2 % (``cosines`` (n, k), nearest first)."""
    if cosines.shape[1] == 0:
        return np.zeros(len(cosines), dtype=bool)
    near = np.nan_to_num(cosines[:, :5], nan=-1.0).mean(axis=1)
    return np.asarray(near < np.quantile(near, ISOLATED_SHARE), dtype=bool)
