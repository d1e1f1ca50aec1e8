"""How unlikely so close a neighbour is by chance: a test that needs no labels, no threshold and no knowledge of the dataset.

Where points lie with locally uniform density in m dimensions, the spacings j·m·ln(d_{j+1}/d_j) of the nearest-neighbour
distances d_1 <= d_2 <= ... are independent standard exponential (Renyi 1953). The first spacings over the mean of the others
then follow an F distribution, in which density and dimension cancel. Of g copies it is the g-th spacing that is large.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import false_discovery_control

LARGEST_GROUP = 5
LEAST_NEIGHBOURS = 8
NEAREST = 1e-6  # distances below are rounding


def p_values(cosines: NDArray[np.float32]) -> NDArray[np.float64]:
    """(n,) probability that the nearest neighbours of each image are so much nearer than the next by chance.

    ``cosines`` (n, k), nearest first, NaN where missing. The smallest over groups of 1 to 5 copies, times 5 (Bonferroni). 1
    where fewer than 8 neighbours are known.
    """
    k = cosines.shape[1]
    result = np.ones(len(cosines))
    if k < LEAST_NEIGHBOURS:
        return result
    known = ~np.isnan(cosines).any(axis=1)
    distances = np.maximum(np.sqrt(np.maximum(2 - 2 * cosines[known].astype(np.float64), 0)), NEAREST)
    # Neighbours as near as rounding tells come in the order of their rows; a spacing is never negative.
    logs = np.log(np.maximum.accumulate(distances, axis=1))
    best = np.ones(len(logs))
    for g in range(1, LARGEST_GROUP + 1):
        others = k - g - 1  # spacings beyond the g-th
        if others < 2:
            break
        spacing = g * (logs[:, g] - logs[:, g - 1])
        # The later spacings j·ln(d_{j+1}/d_j), j = g+1 … k-1, summed without a loop.
        rest = (k - 1) * logs[:, -1] - logs[:, g:-1].sum(axis=1) - g * logs[:, g]
        mean = np.maximum(rest / others, 1e-12)
        best = np.minimum(best, (1 + spacing / mean / others) ** -float(others))
    result[known] = np.minimum(1, best * LARGEST_GROUP)
    return result


def q_values(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n,) the smallest share of false discoveries at which each p-value is one (Benjamini & Hochberg 1995)."""
    adjusted: NDArray[np.float64] = false_discovery_control(p) if len(p) else p
    return adjusted
