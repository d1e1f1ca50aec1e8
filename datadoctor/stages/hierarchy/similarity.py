"""How alike two classes are, from where the items of each would go without it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def dissimilarity(soft: NDArray[np.float32], n_given: NDArray[np.int64]) -> NDArray[np.float32]:
    """(..., K, K) float32 in [0, inf), 0 on the diagonal and symmetric up to rounding, of (..., K, K) soft confusions.

    Each class counts as having one more item that goes everywhere alike, so that a class without items is equally unlike
    all others. Both directions are averaged, and hubs, classes that everything is confused with, are removed by dividing by
    the square roots of the row sums. The logarithm turns ratios of confusion into distances.
    """
    n_classes = soft.shape[-1]
    weight = (n_given / (n_given + 1)).astype(np.float32)[:, np.newaxis]
    alike = soft * weight + (1 - weight) / np.float32(n_classes - 1)
    diagonal = np.arange(n_classes)
    alike[..., diagonal, diagonal] = 0
    alike = alike + np.swapaxes(alike, -1, -2)
    degree = np.sqrt(alike.sum(axis=-1))
    alike /= degree[..., :, np.newaxis]
    alike /= degree[..., np.newaxis, :]
    alike[..., diagonal, diagonal] = 1
    np.log(alike, out=alike)
    # After normalisation the largest similarity two classes can have is 1: when they are each other's only neighbour.
    np.negative(alike, out=alike)
    distances: NDArray[np.float32] = np.maximum(alike, 0)
    return distances
