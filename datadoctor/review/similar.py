"""The images most similar to some: exact search by FAISS over the run's embeddings, without an index of its own."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from datadoctor.errors import DataDoctorError
from datadoctor.review.table import Table

# Rows read from the file at once.
AT_ONCE = 65_536
MOST = 500


class Similar:
    """Searches the embeddings of a run; they stay on the disk."""

    def __init__(self, table: Table) -> None:
        self._table = table

    @cached_property
    def _place_of_row(self) -> NDArray[np.int64]:
        rows = self._table.columns["row"].astype(np.int64)
        found = np.zeros(int(rows.max(initial=-1)) + 1, dtype=np.int64)
        found[rows[rows >= 0]] = np.flatnonzero(rows >= 0)
        return found

    @cached_property
    def vectors(self) -> NDArray[np.generic]:
        """(n, d) what the run's eye sees of the readable images. Raises ``DataDoctorError`` where the run kept none."""
        return self._table.run.array("embeddings")

    def to(self, places: Sequence[int], count: int = MOST) -> NDArray[np.uint32]:
        """Places of the images nearest to the mean of some, nearest first; those themselves in front.

        Raises ``DataDoctorError`` where the run kept no embeddings, or none of the images has one.
        """
        rows = self._table.columns["row"][np.asarray(places, dtype=np.int64)].astype(np.int64)
        if not (rows >= 0).any():
            raise DataDoctorError("no embedding of these images: they could not be read")
        query = np.asarray(self.vectors[rows[rows >= 0]], dtype=np.float32).mean(axis=0, keepdims=True)
        nearest = self._places(self.vectors, query, min(max(count, 1), MOST) + len(places))
        others = nearest[~np.isin(nearest, places)][:count]
        return np.concatenate([np.asarray(places, dtype=np.uint32), others])

    def near(self, vectors: NDArray[np.generic], query: NDArray[np.float32], count: int = MOST) -> NDArray[np.uint32]:
        """Places of the images whose rows of ``vectors`` (n, d) are nearest to ``query`` (1, d), nearest first."""
        if vectors.shape[1] != query.shape[1]:
            raise DataDoctorError(
                f"{query.shape[1]} columns, and the run has {vectors.shape[1]}: of another eye; run the audit again"
            )
        return self._places(vectors, query, min(max(count, 1), MOST))

    def _places(self, vectors: NDArray[np.generic], query: NDArray[np.float32], count: int) -> NDArray[np.uint32]:
        return self._place_of_row[nearest_rows(vectors, query, count)].astype(np.uint32)


def nearest_rows(vectors: NDArray[np.generic], query: NDArray[np.float32], count: int) -> NDArray[np.int64]:
    """Rows of ``vectors`` (n, d) with the largest inner product with ``query`` (1, d), largest first: (m,), m at most ``count``."""
    import faiss

    best, where = np.empty(0, dtype=np.float32), np.empty(0, dtype=np.int64)
    for start in range(0, len(vectors), AT_ONCE):
        several = np.ascontiguousarray(vectors[start : start + AT_ONCE], dtype=np.float32)
        scores, rows = faiss.knn(query, several, min(count, len(several)), metric=faiss.METRIC_INNER_PRODUCT)
        best, where = np.append(best, scores[0]), np.append(where, rows[0] + start)
    return where[np.lexsort((where, -best))][:count]
