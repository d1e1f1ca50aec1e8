"""Published formulas of other detectors, written from the mathematics, on the same embeddings."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from datadoctor.artifacts.index import Neighbours


def selfclean(vectors: NDArray[np.float32], labels: NDArray[np.int32]) -> NDArray[np.float64]:
    """SelfClean (Groeger et al. 2024), (n,) larger is worse.

    Squared distance to the nearest image of the same label over its sum with that to the nearest of another.
    """
    same, other = np.empty(len(labels)), np.empty(len(labels))
    for start in range(0, len(labels), 1000):
        part = slice(start, start + 1000)
        cosines = vectors[part] @ vectors.T
        cosines[np.arange(len(cosines)), np.arange(start, start + len(cosines))] = -1
        alike = labels[part, None] == labels
        same[part] = 1 - np.where(alike, cosines, -1).max(axis=1)
        other[part] = 1 - np.where(alike, -1, cosines).max(axis=1)
    return same**2 / np.maximum(same**2 + other**2, 1e-12)


def simifeat_votes(near: Neighbours, labels: NDArray[np.int32], n_classes: int) -> NDArray[np.float64]:
    """SimiFeat-V (Zhu, Dong & Liu 2022): share of each label among the 10 nearest, each weighted by 1 - cosine distance."""
    votes = np.zeros((len(labels), n_classes))
    for rows, cosines in zip(near.rows[:, :10].T, near.cosines[:, :10].T, strict=True):
        votes[np.arange(len(labels)), labels[rows]] += np.maximum(cosines, 0)
    shares: NDArray[np.float64] = votes / np.maximum(votes.sum(axis=1, keepdims=True), 1e-12)
    return shares
