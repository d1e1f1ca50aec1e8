"""Pairs worth verifying, the most promising first: near in the embedding, or alike pixel by pixel when shrunk.

Both signals only order the pairs; verification decides. Neither needs a threshold, so nothing is tuned to a dataset.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from datadoctor.artifacts.index import Neighbours

PAIRS_AT_ONCE = 8192
SIDE = 16


def candidates(neighbours: Neighbours, small: NDArray[np.uint8], skip: NDArray[np.bool_]) -> NDArray[np.int32]:
    """(c, 2) int32 pairs of rows a < b, most promising first: every neighbour of every image that ``skip`` (n,) leaves in.

    ``small`` (n, s, s, 3) uint8. A pair's place is the better of its ranks by two signals: distance over the usual neighbour distance
    around the two, and correlation of the images shrunk to 16 x 16, as they are or mirrored.
    """
    pairs = _pairs(neighbours, skip)
    if not len(pairs):
        return pairs
    near = _relative_distance(pairs, neighbours)
    alike = _correlation(pairs, small)
    best = np.minimum(_ranks(near), _ranks(-alike))
    return pairs[np.lexsort((pairs[:, 1], pairs[:, 0], best))]


def _pairs(neighbours: Neighbours, skip: NDArray[np.bool_]) -> NDArray[np.int32]:
    rows = neighbours.rows
    first = np.repeat(np.arange(len(rows), dtype=np.int32), rows.shape[1])
    second = rows.reshape(-1)
    kept = second >= 0
    kept[kept] &= ~(skip[first[kept]] | skip[second[kept]])
    both = np.stack([first[kept], second[kept]], axis=1)
    return np.unique(np.sort(both, axis=1), axis=0)


def _relative_distance(pairs: NDArray[np.int32], neighbours: Neighbours) -> NDArray[np.float32]:
    """Distance of each pair over the geometric mean of the two images' median neighbour distances."""
    distances = np.sqrt(np.maximum(2 - 2 * neighbours.cosines, 1e-12))
    usual = np.nanmedian(distances, axis=1)
    lookup = {}
    for side in (0, 1):
        a, b = pairs[:, side], pairs[:, 1 - side]
        hit = neighbours.rows[a] == b[:, None]
        lookup[side] = np.where(hit.any(axis=1), distances[a, hit.argmax(axis=1)], np.inf)
    own: NDArray[np.float32] = np.minimum(lookup[0], lookup[1]) / np.sqrt(usual[pairs[:, 0]] * usual[pairs[:, 1]])
    return own


def _correlation(pairs: NDArray[np.int32], small: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The larger of the correlations of the two shrunken grey images, plain and mirrored."""
    shrunk = _shrunk(small)
    flipped = shrunk.reshape(-1, SIDE, SIDE)[:, :, ::-1].reshape(len(shrunk), -1)
    result = np.empty(len(pairs), dtype=np.float32)
    for start in range(0, len(pairs), PAIRS_AT_ONCE):
        a, b = pairs[start : start + PAIRS_AT_ONCE].T
        plain = np.einsum("ij,ij->i", shrunk[a], shrunk[b])
        result[start : start + PAIRS_AT_ONCE] = np.maximum(plain, np.einsum("ij,ij->i", shrunk[a], flipped[b]))
    return result


def _shrunk(small: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(n, 256) float32: grey, 16 x 16, mean 0 and length 1 (all zeros for one flat colour)."""
    side = small.shape[1] - small.shape[1] % SIDE or small.shape[1]
    result = np.empty((len(small), SIDE * SIDE), dtype=np.float32)
    for start in range(0, len(small), PAIRS_AT_ONCE):
        grey = small[start : start + PAIRS_AT_ONCE, :side, :side].astype(np.float32).mean(axis=3)
        cells = grey.reshape(len(grey), SIDE, side // SIDE, SIDE, side // SIDE).mean(axis=(2, 4)).reshape(len(grey), -1)
        cells -= cells.mean(axis=1, keepdims=True)
        length = np.linalg.norm(cells, axis=1, keepdims=True)
        result[start : start + PAIRS_AT_ONCE] = cells / np.maximum(length, 1e-3)
    return result


def _ranks(values: NDArray[np.float32]) -> NDArray[np.int64]:
    """The place of each value, smallest first, ties by position."""
    ranks = np.empty(len(values), dtype=np.int64)
    ranks[np.argsort(values, kind="stable")] = np.arange(len(values))
    return ranks
