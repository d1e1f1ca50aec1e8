"""Compares two datasets, new images against a reference or a public test set, without merging them.

Nothing is reported of pairs within one of the two. Candidates are searched in both directions: an image that is among the
nearest of none on the other side can still have its own nearest there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from datadoctor.progress import Progress
from datadoctor.stages.dataset import Dataset
from datadoctor.stages.duplicates.candidates import by_promise, unmirrored
from datadoctor.stages.duplicates.clock import Clock
from datadoctor.stages.duplicates.comparison import Comparison
from datadoctor.stages.duplicates.known import Comparing
from datadoctor.stages.duplicates.naming import difference
from datadoctor.stages.duplicates.verified import verified
from datadoctor.stages.index.faiss import Searcher

NEAREST = 30  # as many as within one dataset, so that the two agree
ALIKE = 15  # by shrunken pixels

Pair: TypeAlias = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two datasets.

    ``vectors`` (n, d) float32 rows of length 1, by the same model as the other side's. ``small`` (n, s, s, 3) uint8: the
    images shrunk to a square.
    """

    dataset: Dataset
    vectors: NDArray[np.float32]
    small: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class CrossPairs:
    """m verified pairs of a row of one dataset, ``a``, and a row of another, ``b``, sorted by (score descending, a, b).

    ``kinds``: 'exact' (same bytes or same decoded pixels) or 'near'. ``scores`` (m,) float32 in [0, 1]: larger is more alike, 1 for exact.
    ``differences``: what differs, in words. ``conflicting`` (m,) bool: both have a given label, and the names differ.
    """

    a: NDArray[np.int32]
    b: NDArray[np.int32]
    kinds: tuple[str, ...]
    scores: NDArray[np.float32]
    differences: tuple[str, ...]
    conflicting: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.kinds)


def compare(a: Side, b: Side, *, progress: Progress, device: str = "auto", seed: int = 0) -> CrossPairs:
    """Every exact pair across the two sides, and the near ones found among each image's nearest on the other side."""
    return compared(a, b, *_candidates(a, b, device, seed), progress=progress)


def compared(
    a: Side, b: Side, keys: NDArray[np.int64], near_by: NDArray[np.float32], *, progress: Progress
) -> CrossPairs:
    """Every exact pair across the two sides, and of the candidates those that show one picture.

    ``keys`` (c,) sorted: i·len(b) + j of rows i and j; ``near_by`` (c,): their distance over the usual one, infinite where unknown.
    """
    exact = _exact(a.dataset, b.dataset)
    near = _near(a.dataset, b.dataset, _ordered(a, b, keys, near_by), progress)
    sizes = [(side.dataset.images.widths.tolist(), side.dataset.images.heights.tolist()) for side in (a, b)]
    rows: list[tuple[int, int, str, float, str]] = [
        (i, j, "exact", 1.0, _how_exact(a.dataset, b.dataset, i, j)) for i, j in exact
    ]
    for (i, j), found in near.items():
        size_a, size_b = ((widths[row], heights[row]) for row, (widths, heights) in zip((i, j), sizes, strict=True))
        rows.append((i, j, "near", found.score, difference(found, size_a, size_b)))
    rows.sort(key=lambda row: (-row[3], row[0], row[1]))
    labels = [(a.dataset.label_name(row[0]), b.dataset.label_name(row[1])) for row in rows]
    return CrossPairs(
        a=np.array([row[0] for row in rows], dtype=np.int32),
        b=np.array([row[1] for row in rows], dtype=np.int32),
        kinds=tuple(row[2] for row in rows),
        scores=np.array([row[3] for row in rows], dtype=np.float32),
        differences=tuple(row[4] for row in rows),
        conflicting=np.array([bool(x and y and x != y) for x, y in labels], dtype=bool),
    )


def _exact(a: Dataset, b: Dataset) -> list[Pair]:
    """Each image of ``a`` with the first of ``b`` that has its pixels, and the other way round: never all with all."""
    first_a, first_b = ({digest: row for row, digest in reversed([*enumerate(d.images.pixel_digests)])} for d in (a, b))
    found = {(row, first_b[digest]) for row, digest in enumerate(a.images.pixel_digests) if digest in first_b}
    found |= {(first_a[digest], row) for row, digest in enumerate(b.images.pixel_digests) if digest in first_a}
    return sorted(found)


def _how_exact(a: Dataset, b: Dataset, i: int, j: int) -> str:
    return "same file" if a.images.digests[i] == b.images.digests[j] else "same pixels, other file"


def _candidates(a: Side, b: Side, device: str, seed: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Pairs near by either signal in either direction, as keys, and their relative distances."""
    if not len(a.dataset) or not len(b.dataset):
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)
    keys, near = _nearest_both_ways(a.vectors, b.vectors, NEAREST, device, seed)
    more, _ = _nearest_both_ways(unmirrored(a.small), unmirrored(b.small), ALIKE, device, seed)
    return with_more(keys, near, more)


def with_more(
    keys: NDArray[np.int64], near: NDArray[np.float32], more: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The pairs with those that another signal proposes besides, of which no relative distance is known."""
    more = np.setdiff1d(more, keys)
    return np.concatenate([keys, more]), np.concatenate([near, np.full(len(more), np.inf, np.float32)])


def _ordered(a: Side, b: Side, keys: NDArray[np.int64], near: NDArray[np.float32]) -> NDArray[np.int32]:
    """(c, 2) the pairs, the most promising first; none of equal pixels."""
    if not len(keys):
        return np.empty((0, 2), dtype=np.int32)
    pairs = by_promise(keys, near, a.small, b.small).pairs
    digests = [*a.dataset.images.pixel_digests, *b.dataset.images.pixel_digests]
    picture = np.unique(digests, return_inverse=True)[1]
    differ = picture[pairs[:, 0]] != picture[pairs[:, 1] + len(a.dataset)]
    return np.asarray(pairs[differ], dtype=np.int32)


def _nearest_both_ways(
    x: NDArray[np.float32], y: NDArray[np.float32], k: int, device: str, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Sorted keys i·len(y) + j of each row's nearest on the other side, and the smaller relative distance of each."""
    i, j, near = _nearest(x, y, k, device, seed)
    other_j, other_i, other_near = _nearest(y, x, k, device, seed)
    keys = np.concatenate([i * len(y) + j, other_i * len(y) + other_j])
    distances = np.concatenate([near, other_near])
    order = np.lexsort((distances, keys))
    unique, first = np.unique(keys[order], return_index=True)
    return unique, distances[order][first]


def _nearest(
    queries: NDArray[np.float32], vectors: NDArray[np.float32], k: int, device: str, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]:
    """Row of a query, row of one of its nearest vectors, and their distance over the query's median distance to these."""
    k = min(k, len(vectors))
    found = Searcher(vectors, k, use_gpus=device != "cpu", seed=seed).search(queries, k)
    rows = np.repeat(np.arange(len(queries)), k).reshape(-1, k)
    # A search that found fewer than k repeats its first: the same candidate twice is one candidate.
    found = np.where(found >= 0, found, found[:, :1])
    cosines = np.stack([np.einsum("ij,ij->i", queries, vectors[found[:, column]]) for column in range(k)], axis=1)
    distances = np.sqrt(np.maximum(2 - 2 * cosines, 1e-12))
    relative = distances / np.median(distances, axis=1, keepdims=True)
    return rows.ravel(), found.ravel(), relative.astype(np.float32).ravel()


def _near(a: Dataset, b: Dataset, pairs: NDArray[np.int32], progress: Progress) -> dict[Pair, Comparison]:
    """The pairs that show the same picture; stops when six blocks in a row hold none, and says so."""
    found = verified(pairs, Comparing(a, b), "Comparing", progress, Clock())[0]
    return {pair: comparison for pair, comparison in found.items() if comparison.same}
