"""Builds the kNN graph that every check shares."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from datadoctor.arrays import forget
from datadoctor.errors import DataDoctorError
from datadoctor.stages.index import Neighbours

ROWS_AT_ONCE = 1024
DECIMALS = 6  # cosines closer than this are ties: the last bits depend on the processor


def build(vectors: NDArray[np.float32], k: int, *, device: str = "auto", seed: int = 0) -> Neighbours:
    """The k nearest other rows of each of ``vectors`` (n, d) float32 with rows of length 1.

    ``device`` 'auto' or 'cuda' uses every GPU that FAISS sees. The cosines are computed from the vectors whatever index found
    the rows, and ties are broken by row, so exact and FAISS search, CPU and GPU give the same answer.
    Raises ``DataDoctorError`` for 'cuda' without a GPU.
    """
    from datadoctor.stages.index.faiss import Searcher, gpus

    if device == "cuda" and not gpus():
        raise DataDoctorError("--device cuda: FAISS sees no GPU; install faiss-gpu and a driver, or use --device cpu")
    n = len(vectors)
    rows = np.full((n, k), -1, dtype=np.int32)
    cosines = np.full((n, k), np.nan, dtype=np.float32)
    if n < 2:
        return Neighbours(rows, cosines, "none: fewer than two images", 1.0)
    searcher = Searcher(vectors, k + 1, use_gpus=device != "cpu", seed=seed)
    for start in range(0, n, ROWS_AT_ONCE):
        chunk = np.arange(start, min(start + ROWS_AT_ONCE, n))
        queries = np.asarray(vectors[chunk])
        found = searcher.search(queries, min(k + 1, n))
        rows[chunk], cosines[chunk] = nearest_others(vectors, queries, chunk, found, k)
        forget(vectors)
    return Neighbours(rows, cosines, searcher.name, searcher.recall)


def nearest_others(
    vectors: NDArray[np.float32],
    queries: NDArray[np.float32],
    own: NDArray[np.int64],
    found: NDArray[np.int64],
    k: int,
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Order the ``found`` rows (m, f) of each query by cosine, then row, without its ``own`` row; exactly k columns.

    The own row is dropped by its number, not its place: an identical image may come first.
    """
    cosines = np.full((len(own), k), np.nan, dtype=np.float32)
    rows = np.full((len(own), k), -1, dtype=np.int32)
    for i, candidates in enumerate(found):
        others = candidates[(candidates >= 0) & (candidates != own[i])]
        values = np.asarray(vectors[others]) @ queries[i]
        order = np.lexsort((others, -np.round(values, DECIMALS)))[:k]
        rows[i, : len(order)] = others[order]
        cosines[i, : len(order)] = values[order]
    return rows, np.clip(cosines, -1, 1)
