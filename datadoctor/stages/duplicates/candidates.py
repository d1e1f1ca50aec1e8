"""Pairs worth verifying, the most promising first: near in the embedding, or alike pixel by pixel when shrunk.

The signals only order the pairs; verification decides. None needs a threshold, so nothing is tuned to a dataset. They miss
different copies: a network what is small or grey, shrunken pixels what was shifted, both what was cropped away.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datadoctor.stages.duplicates.laying import laid, maps
from datadoctor.stages.index import Neighbours

IMAGES_AT_ONCE = 8192
SIDE = 8
# Pairs an image, the most promising, that are also laid on each other magnified.
MAGNIFIED = 8


@dataclass(frozen=True, slots=True)
class Candidates:
    """``pairs`` (c, 2) int32, the most promising first, ties by row.

    ``near`` (c,) float32: relative distance of each, infinite where unknown; ``alike`` (c,) float32: agreement laid on each other.
    """

    pairs: NDArray[np.int32]
    near: NDArray[np.float32]
    alike: NDArray[np.float32]

    def only(self, those: NDArray[np.bool_]) -> Candidates:
        """Some of them, in the same order."""
        return Candidates(self.pairs[those], self.near[those], self.alike[those])

    def place(self, near: NDArray[np.float32], alike: NDArray[np.float32]) -> NDArray[np.int64]:
        """(m,) how many of these come before another pair with that distance and agreement."""
        by_distance, by_agreement = (
            np.searchsorted(np.sort(self.near), near),
            np.searchsorted(np.sort(-self.alike), -alike),
        )
        together = _together(_ranks(self.near), _ranks(-self.alike))
        place = np.minimum(by_distance, np.searchsorted(np.sort(together), _together(by_distance, by_agreement)))
        return np.searchsorted(np.sort(np.minimum(_ranks(self.near), _ranks(together))), place)


def candidates(
    neighbours: Neighbours, alike: Neighbours, small: NDArray[np.uint8], stands_for: NDArray[np.int32]
) -> Candidates:
    """Pairs of rows a < b: every neighbour of every image in either graph.

    ``neighbours`` by embedding, ``alike`` by ``unmirrored(small)``; ``small`` (n, s, s, 3) uint8. ``stands_for`` (n,): the row
    that represents each exact copy; the others never appear, their neighbours are the representative's. A pair's place is the
    better of two: by distance over the usual neighbour distance around the two, and by the product of its ranks by that distance
    and by how well the shrunken images agree laid on each other (Fisher's combination of them as p-values). A good network needs
    no help, a poor one does.
    """
    keys, near = _edges(neighbours, stands_for)
    more, _ = _edges(alike, stands_for)
    more = np.setdiff1d(more, keys)
    keys, near = np.concatenate([keys, more]), np.concatenate([near, np.full(len(more), np.inf, np.float32)])
    return by_promise(keys, near, small, small)


def by_promise(
    keys: NDArray[np.int64], near: NDArray[np.float32], small: NDArray[np.uint8], other_small: NDArray[np.uint8]
) -> Candidates:
    """Pairs of the ``keys`` i·len(other_small) + j.

    ``near`` (c,): their relative distance, infinite where unknown. ``small``, ``other_small`` (n, s, s, 3) uint8: the images of the
    first and of the second of each pair, shrunk to a square.
    """
    pairs = np.stack(np.divmod(keys, max(len(other_small), 1)), axis=1).astype(np.int32)
    first = maps(small)
    second = first if other_small is small else maps(other_small)
    alike = laid(pairs, first, second, magnified=False)
    likely = np.sort(_in_order(keys, near, alike)[: MAGNIFIED * (len(small) + len(other_small)) // 2])
    alike[likely] = np.maximum(alike[likely], laid(pairs[likely], first, second, magnified=True))
    order = _in_order(keys, near, alike)
    return Candidates(pairs[order], near[order], alike[order])


def _in_order(keys: NDArray[np.int64], near: NDArray[np.float32], alike: NDArray[np.float32]) -> NDArray[np.int64]:
    by_distance = _ranks(near)
    return np.lexsort((keys, np.minimum(by_distance, _ranks(_together(by_distance, _ranks(-alike))))))


def _together(by_distance: NDArray[np.int64], by_agreement: NDArray[np.int64]) -> NDArray[np.float32]:
    """Fisher's combination of two ranks."""
    return np.asarray(np.log1p(by_distance) + np.log1p(by_agreement), np.float32)


def unmirrored(small: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(n, 64) float32, rows of length 1, the same for an image and its mirror image.

    That is what of the image shrunk to 8 x 8 is even, and the size of what is odd: of each a half, the other repeats it.
    """
    cells = _shrunk(small)
    flipped = cells[:, :, ::-1]
    halves = [half[:, :, : SIDE // 2].reshape(len(cells), -1) for half in (cells + flipped, np.abs(cells - flipped))]
    both = np.concatenate(halves, axis=1)
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
    distances = distance(neighbours.cosines)
    usual = usual_distance(np.where(copies, np.nan, distances))
    relative: NDArray[np.float32] = distances / np.sqrt(usual[:, None] * usual[neighbours.rows])
    return relative


def distance(cosines: NDArray[np.float32]) -> NDArray[np.float32]:
    """Between vectors of length 1, never 0; NaN for NaN."""
    return np.asarray(np.sqrt(np.maximum(2 - 2 * cosines, 1e-12)), np.float32)


def usual_distance(distances: NDArray[np.float32]) -> NDArray[np.float32]:
    """(n,) median of the distances (n, k) of each image to others, NaN for none; 1 without any."""
    some = ~np.isnan(distances).all(axis=1)
    usual = np.ones(len(distances), dtype=np.float32)
    usual[some] = np.nanmedian(distances[some], axis=1)
    return usual


def _shrunk(small: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(n, 8, 8) float32: grey, mean 0 and length 1 (all zeros for one flat colour)."""
    side = small.shape[1] - small.shape[1] % SIDE
    result = np.empty((len(small), SIDE, SIDE), dtype=np.float32)
    for start in range(0, len(small), IMAGES_AT_ONCE):
        grey = small[start : start + IMAGES_AT_ONCE, :side, :side].astype(np.float32).mean(axis=3)
        cells = grey.reshape(len(grey), SIDE, side // SIDE, SIDE, side // SIDE).mean(axis=(2, 4))
        cells -= cells.mean(axis=(1, 2), keepdims=True)
        length = np.linalg.norm(cells, axis=(1, 2), keepdims=True)
        result[start : start + IMAGES_AT_ONCE] = cells / np.maximum(length, 1e-3)
    return result


def _ranks(values: NDArray[np.float32]) -> NDArray[np.int64]:
    """The place of each value, smallest first, ties by position."""
    ranks = np.empty(len(values), dtype=np.int64)
    ranks[np.argsort(values, kind="stable")] = np.arange(len(values))
    return ranks
