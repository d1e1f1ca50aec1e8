"""What inverted lists hold of vectors that would not fit in memory, and the nearest of their candidates by the vectors themselves."""

from __future__ import annotations

from enum import Enum
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from datadoctor import machine
from datadoctor.arrays import forget

# What the lists may take: half of what a million vectors of 512 columns take, and less where there is less memory.
MOST_BYTES, SHARE_OF_MEMORY = 2**30, 1 / 8
# Bytes of a code of products; its parts are of equal size.
MOST_PARTS = 64
WIDEST = 64
QUERIES_AT_ONCE = 64


class Compression(Enum):
    """Kinds of codes: what the index is called for them, and how many times the candidates asked for are looked at to begin with."""

    NONE = ("", 1)
    BYTES = (", a byte a column", 2)
    PRODUCTS = (", product quantisation", 8)

    @property
    def said(self) -> str:
        """In the name of an index."""
        return self.value[0]

    @property
    def wider(self) -> int:
        """Candidates for each neighbour that is asked for."""
        return self.value[1]


def needed(n: int, d: int) -> Compression:
    """The least compression with which n vectors of d columns fit."""
    most = min(MOST_BYTES, machine.memory() * SHARE_OF_MEMORY)
    if n * d * 4 <= most:
        return Compression.NONE
    return Compression.BYTES if n * d <= most else Compression.PRODUCTS


def lists(d: int, n_lists: int, codes: Compression) -> Any:
    """Untrained inverted lists for inner products."""
    metric = faiss.METRIC_INNER_PRODUCT
    if codes is Compression.NONE:
        return faiss.IndexIVFFlat(faiss.IndexFlatIP(d), d, n_lists, metric)
    if codes is Compression.BYTES:
        kind = faiss.ScalarQuantizer.QT_8bit
        return faiss.IndexIVFScalarQuantizer(faiss.IndexFlatIP(d), d, n_lists, kind, metric, False)
    # Columns of zeros make the parts equal.
    parts = min(MOST_PARTS, d)
    padded = -(-d // parts) * parts
    inner = faiss.IndexIVFPQ(faiss.IndexFlatIP(padded), padded, n_lists, parts, 8, metric)
    remapped = faiss.RemapDimensionsTransform(d, padded, False)  # type: ignore[arg-type]  # the stubs know the other constructor
    return faiss.IndexPreTransform(remapped, inner)


def nearest(
    vectors: NDArray[np.float32], queries: NDArray[np.float32], found: NDArray[np.int64], k: int
) -> NDArray[np.int64]:
    """Of the rows ``found`` (m, f) for each query, -1 for none, the k with the largest inner products (m, k)."""
    result = np.empty((len(queries), k), dtype=np.int64)
    for start in range(0, len(queries), QUERIES_AT_ONCE):
        rows = found[start : start + QUERIES_AT_ONCE]
        unique, place = np.unique(rows, return_inverse=True)
        # In the order of the file, each once; row -1 is any, and left out below.
        known = np.asarray(vectors[unique])
        products = np.einsum("qfd,qd->qf", known[place.reshape(rows.shape)], queries[start : start + len(rows)])
        products[rows < 0] = -np.inf
        best = np.argpartition(-products, k - 1, axis=1)[:, :k]
        result[start : start + len(rows)] = np.take_along_axis(rows, best, axis=1)
    forget(vectors)
    return result
