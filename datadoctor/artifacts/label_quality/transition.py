"""The transition matrix: how often an item truly of one class is given another.

Counts are the confident joint of Northcutt, Jiang & Chuang 2021 (JAIR 70): an item counts as truly k where p(k) is the largest
of those that reach the mean p(k) of the items given k.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

CHUNK_VALUES = 2**24


def confident_counts(
    probabilities: NDArray[np.float32], labels: NDArray[np.int32], rows: NDArray[np.int64]
) -> NDArray[np.float64]:
    """(K, K) float64: items of ``rows`` by true class (row) and given class (column), scaled to the given class sizes."""
    n_classes = probabilities.shape[1]
    thresholds = _mean_at_given(probabilities, labels, rows)
    counts = np.zeros((n_classes, n_classes))
    for part in _parts(rows, n_classes):
        p = np.where(probabilities[part] >= thresholds, probabilities[part], -1.0)
        true = p.argmax(axis=1)
        counted = p[np.arange(len(part)), true] >= 0
        np.add.at(counts, (true[counted], labels[part][counted]), 1)
    given = np.bincount(labels[rows], minlength=n_classes)
    total = counts.sum(axis=0)
    empty = total == 0
    # A class none of whose items is confident says nothing about its errors: taken as right.
    counts[empty, empty] = 1
    scaled: NDArray[np.float64] = counts * (given / np.where(empty, 1, total))
    return scaled


def matrix(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """(K, K) float64 P(given column | true row), rows sum to 1, no entry 0; the identity for a class no item truly has."""
    smoothed = counts + 1e-3
    empty = counts.sum(axis=1) == 0
    smoothed[empty] = np.eye(len(counts))[empty] + 1e-3
    result: NDArray[np.float64] = smoothed / smoothed.sum(axis=1, keepdims=True)
    return result


def _mean_at_given(
    probabilities: NDArray[np.float32], labels: NDArray[np.int32], rows: NDArray[np.int64]
) -> NDArray[np.float32]:
    at_given = probabilities[rows, labels[rows]].astype(np.float64)
    counts = np.bincount(labels[rows], minlength=probabilities.shape[1])
    sums = np.bincount(labels[rows], weights=at_given, minlength=probabilities.shape[1])
    # Nobody is given the class: no probability is enough.
    return np.where(counts > 0, sums / np.maximum(counts, 1), 2.0).astype(np.float32)


def _parts(rows: NDArray[np.int64], n_classes: int) -> list[NDArray[np.int64]]:
    step = max(1, CHUNK_VALUES // n_classes)
    return [rows[start : start + step] for start in range(0, len(rows), step)]
