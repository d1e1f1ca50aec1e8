"""Pairs worth verifying, the most promising first: near in the embedding, or alike pixel by pixel when shrunk.

The signals only order the pairs; verification decides. None needs a threshold, so nothing is tuned to a dataset. They miss
different copies: a network what is small or grey, shrunken pixels what was shifted, both what was cropped away.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from datadoctor.stages.index import Neighbours

PAIRS_AT_ONCE = 8192
SIDE = 16


def candidates(
    neighbours: Neighbours, alike: Neighbours, small: NDArray[np.uint8], stands_for: NDArray[np.int32]
) -> NDArray[np.int32]:
    """(c, 2) int32 pairs of rows a < b, most promising first: every neighbour of every image in either graph.

    ``neighbours`` by embedding, ``alike`` by ``unmirrored(small)``; ``small`` (n, s, s, 3) uint8. ``stands_for`` (n,): the row
    that represents each exact copy; the others never appear, their neighbours are the representative's. A pair's place is the
    better of two: by distance over the usual neighbour distance around the two, and by the product of its ranks by three signals
    (Fisher's combination of them as p-values), that distance and the correlations of the images shrunk to 16 x 16, mirrored or
    not, in place and at the best shift. A good network needs no help, a poor one does.
    """
    keys, near = _edges(neighbours, stands_for)
    more, _ = _edges(alike, stands_for)
    more = np.setdiff1d(more, keys)
    keys, near = np.concatenate([keys, more]), np.concatenate([near, np.full(len(more), np.inf, np.float32)])
    return by_promise(keys, near, small, small)


def by_promise(
    keys: NDArray[np.int64], near: NDArray[np.float32], small: NDArray[np.uint8], other_small: NDArray[np.uint8]
) -> NDArray[np.int32]:
    """(c, 2) int32 pairs of the ``keys`` i·len(other_small) + j, most promising first, ties by key.

    ``near`` (c,): their relative distance, infinite where unknown. ``small``, ``other_small`` (n, s, s, 3) uint8: the images of the
    first and of the second of each pair, shrunk to a square.
    """
    pairs = np.stack(np.divmod(keys, max(len(other_small), 1)), axis=1).astype(np.int32)
    in_place, shifted = _correlations(pairs, small, other_small)
    ranks = [_ranks(near), _ranks(-in_place), _ranks(-shifted)]
    together = np.sum(np.log1p(ranks), axis=0).astype(np.float32)
    return pairs[np.lexsort((keys, np.minimum(ranks[0], _ranks(together))))]


def unmirrored(small: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(n, 512) float32, rows of length 1, the same for an image and its mirror image.

    That is what of the shrunken image is even, and the size of what is odd.
    """
    shrunk = _shrunk(small)
    flipped = _flipped(shrunk)
    both = np.concatenate([shrunk + flipped, np.abs(shrunk - flipped)], axis=1)
    scaled: NDArray[np.float32] = both / np.maximum(np.linalg.norm(both, axis=1, keepdims=True), 1e-6)
    return scaled


def _edges(neighbours: Neighbours, stands_for: NDArray[np.int32]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Sorted keys a·n + b of the pairs a < b, and their smallest relative distance."""
    n, k = neighbours.rows.shape
    others = np.where(neighbours.rows >= 0, stands_for[neighbours.rows], stands_for[:, None])
    first = np.repeat(stands_for.astype(np.int64), k)
    second = others.reshape(-1).astype(np.int64)
    differ = first != second
    keys = (np.minimum(first, second) * n + np.maximum(first, second))[differ]
    near = _relative_distance(neighbours, others == stands_for[:, None]).reshape(-1)[differ]
    order = np.lexsort((near, keys))
    unique, start = np.unique(keys[order], return_index=True)
    return unique, near[order][start]


def _relative_distance(neighbours: Neighbours, copies: NDArray[np.bool_]) -> NDArray[np.float32]:
    """(n, k) distances over the geometric mean of the two images' median distances to neighbours that are no exact copies."""
    distances = np.sqrt(np.maximum(2 - 2 * neighbours.cosines, 1e-12))
    others = np.where(copies, np.nan, distances)
    some = ~np.isnan(others).all(axis=1)
    usual = np.ones(len(others), dtype=np.float32)
    usual[some] = np.nanmedian(others[some], axis=1)
    relative: NDArray[np.float32] = distances / np.sqrt(usual[:, None] * usual[neighbours.rows])
    return relative


def _correlations(
    pairs: NDArray[np.int32], small: NDArray[np.uint8], other_small: NDArray[np.uint8]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Of each pair of shrunken grey images, the second as it is or mirrored: the correlation, and that at the best shift."""
    shrunk, others = _shrunk(small), _shrunk(other_small)
    flipped = _flipped(others)
    in_place, shifted = np.empty(len(pairs), dtype=np.float32), np.empty(len(pairs), dtype=np.float32)
    for start in range(0, len(pairs), PAIRS_AT_ONCE):
        here = slice(start, start + PAIRS_AT_ONCE)
        a, b = pairs[here].T
        seconds = (others[b], flipped[b])
        in_place[here] = np.max([np.einsum("ij,ij->i", shrunk[a], second) for second in seconds], axis=0)
        spectrum = _spectrum(shrunk[a])
        shifted[here] = np.max([_at_best_shift(spectrum, _spectrum(second)) for second in seconds], axis=0)
    return in_place, shifted


def _spectrum(shrunk: NDArray[np.float32]) -> NDArray[np.complex64]:
    """Of the images as seen through a window that fades to the edges, which a shift would wrap around."""
    from scipy.fft import rfft2

    fade = np.hanning(SIDE + 2)[1:-1].astype(np.float32)
    seen = shrunk.reshape(-1, SIDE, SIDE) * np.outer(fade, fade)
    seen -= seen.mean(axis=(1, 2), keepdims=True)
    seen /= np.maximum(np.linalg.norm(seen, axis=(1, 2), keepdims=True), 1e-3)
    return np.asarray(rfft2(seen), dtype=np.complex64)


def _at_best_shift(a: NDArray[np.complex64], b: NDArray[np.complex64]) -> NDArray[np.float32]:
    from scipy.fft import irfft2

    return np.asarray(irfft2(a * np.conj(b), s=(SIDE, SIDE)).max(axis=(1, 2)), dtype=np.float32)


def _flipped(shrunk: NDArray[np.float32]) -> NDArray[np.float32]:
    return shrunk.reshape(-1, SIDE, SIDE)[:, :, ::-1].reshape(len(shrunk), -1)


def _shrunk(small: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(n, 256) float32: grey, 16 x 16, mean 0 and length 1 (all zeros for one flat colour)."""
    side = small.shape[1] - small.shape[1] % SIDE
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
