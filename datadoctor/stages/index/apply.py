"""The kept vectors of a dataset as an index for images that come later."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datadoctor.stages.index import NEIGHBOURS, Neighbours, exact

Near = tuple[NDArray[np.int64], NDArray[np.float32]]


def nearest(
    vectors: NDArray[np.float32],
    queries: NDArray[np.float32],
    allowed: Callable[[NDArray[np.int64]], NDArray[np.bool_]],
    spare: int,
) -> Near:
    """Rows of ``vectors`` nearest to each query (m, k), nearest first, and their cosines; -1 and -inf where there are no more.

    ``allowed`` says of rows (m, any) which of them may be neighbours; up to ``spare`` of those found may not.
    """
    rows, cosines = exact.search(vectors, queries, min(NEIGHBOURS + spare, len(vectors)))
    may = allowed(rows)
    return _first(rows, cosines, may, np.argsort(~may, axis=1, kind="stable"))


def among(vectors: NDArray[np.float32], rows: NDArray[np.int64], others: Near) -> Near:
    """The nearest of ``others`` and of each other: ``vectors`` (m, d) of items that are ``rows`` (m,) of a listing."""
    places, cosines = exact.search(vectors, vectors, min(NEIGHBOURS + 1, len(vectors)))
    cosines = np.where(places == np.arange(len(vectors))[:, None], -np.inf, cosines)
    every, both = np.concatenate([others[0], rows[places]], axis=1), np.concatenate([others[1], cosines], axis=1)
    near, cosines = _first(every, both, np.isfinite(both), np.argsort(-both, axis=1, kind="stable"))
    return near, np.where(near >= 0, cosines, np.nan).astype(np.float32)


def placed(near: Near, items: NDArray[np.int64], place: dict[int, int]) -> Neighbours:
    """The neighbours of some ``items`` (m,) of a small dataset, whose rows ``place`` gives; none for its other items."""
    rows = np.full((len(place), near[0].shape[1]), -1, dtype=np.int32)
    rows[items] = [[place.get(row, -1) for row in others] for others in near[0].tolist()]
    cosines = np.full(rows.shape, np.nan, dtype=np.float32)
    cosines[items] = near[1]
    return Neighbours(rows, cosines, "exact, against the frozen base", 1.0)


def _first(
    rows: NDArray[np.int64], cosines: NDArray[np.float32], allowed: NDArray[np.bool_], order: NDArray[np.integer[Any]]
) -> Near:
    order = order[:, :NEIGHBOURS]
    kept = np.take_along_axis(allowed, order, axis=1)
    near = np.where(kept, np.take_along_axis(rows, order, axis=1), -1)
    return near, np.where(kept, np.take_along_axis(cosines, order, axis=1), -np.inf).astype(np.float32)
