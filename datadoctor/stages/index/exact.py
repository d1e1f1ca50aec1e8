"""Exact search by brute force: the oracle that every other index is compared with.

Memory is bounded: as many queries are compared with all vectors at a time as give ``VALUES_AT_ONCE`` similarities.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

VALUES_AT_ONCE = 2**25


def search(
    vectors: NDArray[np.float32], queries: NDArray[np.float32], k: int
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The k vectors with the largest inner product with each query, nearest first, ties by row.

    ``vectors`` (n, d) and ``queries`` (m, d) float32; returns rows (m, k) int64 and cosines (m, k) float32, -1 and NaN where
    n < k.
    """
    n, m = len(vectors), len(queries)
    rows = np.full((m, k), -1, dtype=np.int64)
    cosines = np.full((m, k), np.nan, dtype=np.float32)
    step = max(1, VALUES_AT_ONCE // max(n, 1))
    kept = min(k, n)
    for start in range(0, m, step):
        chunk = slice(start, start + step)
        similarity = np.asarray(queries[chunk]) @ np.asarray(vectors).T
        best = _largest(similarity, kept)
        rows[chunk, :kept] = best
        cosines[chunk, :kept] = np.take_along_axis(similarity, best, axis=1)
    return rows, cosines


def _largest(similarity: NDArray[np.float32], k: int) -> NDArray[np.int64]:
    """The columns of the k largest values of each row, largest first, equal values by column, also at the cut."""
    n = similarity.shape[1]
    if k == 0:
        return np.empty((len(similarity), 0), dtype=np.int64)
    cut = np.partition(similarity, n - k, axis=1)[:, n - k]
    result = np.empty((len(similarity), k), dtype=np.int64)
    for i, row in enumerate(similarity):
        candidates = np.flatnonzero(row >= cut[i])
        order = np.lexsort((candidates, -row[candidates]))
        result[i] = candidates[order[:k]]
    return result
