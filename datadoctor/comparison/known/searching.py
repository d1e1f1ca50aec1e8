"""The nearest known images of new ones, exactly, block by block: memory does not grow with what is known."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from datadoctor.comparison.known import SMALL, VECTORS, Index
from datadoctor.stages.duplicates.candidates import unmirrored

ROWS_AT_ONCE = 16_384

Near = tuple[NDArray[np.int64], NDArray[np.float32]]
Advance = Callable[[int], None]


def by_vectors(index: Index, queries: NDArray[np.float32], k: int, advance: Advance) -> Near:
    """Rows of the index (m, k) int64 nearest to ``queries`` (m, d) float32, nearest first, ties by row, and their cosines.

    -1 and -inf where fewer than k are known. Row r counts through all parts in their order.
    """
    blocks = _blocks(index, VECTORS, lambda rows: rows.astype(np.float32))
    return _nearest(blocks, np.ascontiguousarray(queries, dtype=np.float32), k, advance)


def by_pixels(index: Index, small: NDArray[np.uint8], k: int, advance: Advance) -> Near:
    """The same by shrunken pixels, mirrored or not, of ``small`` (m, 16, 16, 3) uint8."""
    return _nearest(_blocks(index, SMALL, unmirrored), unmirrored(small), k, advance)


def _blocks(
    index: Index, name: str, made: Callable[[NDArray[Any]], NDArray[np.float32]]
) -> Iterator[tuple[int, NDArray[np.float32]]]:
    first = 0
    for part in index.parts:
        rows = index.array(part, name)
        for start in range(0, part.images, ROWS_AT_ONCE):
            # Mapped anew for every block: pages of blocks that are done would count as this process's memory.
            block = index.array(part, name)[start : start + ROWS_AT_ONCE]
            yield first + start, made(block)
        first += len(rows)


def _nearest(
    blocks: Iterator[tuple[int, NDArray[np.float32]]], queries: NDArray[np.float32], k: int, advance: Advance
) -> Near:
    best = np.full((len(queries), k), -np.inf, dtype=np.float32)
    rows = np.full((len(queries), k), -1, dtype=np.int64)
    for first, block in blocks:
        n = min(k, len(block))
        cosines, found = faiss.knn(queries, np.ascontiguousarray(block), n, metric=faiss.METRIC_INNER_PRODUCT)
        both = np.concatenate([best, cosines], axis=1)
        every = np.concatenate([rows, found + first], axis=1)
        order = np.lexsort((every, -both), axis=1)[:, :k]
        best, rows = np.take_along_axis(both, order, axis=1), np.take_along_axis(every, order, axis=1)
        advance(len(block))
    return rows, best
