"""Which images of a dataset are known: in an index, as they are or changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datadoctor.comparison.compare import Overlap, overlap_of
from datadoctor.comparison.compare.page import write_page
from datadoctor.comparison.compare.sides import ReadSide, Sides, checked, side_of
from datadoctor.comparison.compare.writing import write_tables
from datadoctor.comparison.known import Index, eye, opened, searching, side
from datadoctor.config import Config
from datadoctor.errors import DataDoctorError
from datadoctor.files import check_folder_can_be_written, check_utf8
from datadoctor.flow import Flow
from datadoctor.progress import Progress
from datadoctor.stages.duplicates.compare import ALIKE, NEAREST, compared, with_more


def compare_with_index(
    new: Path, path: Path, config: Config, model: str | None, out: Path, progress: Progress
) -> Overlap:
    """Compare the dataset at ``new`` with an index; writes all formats into ``out``. ``model``: None for the index's own.

    Raises ``DataDoctorError`` for a source that cannot be used, or an index that is damaged or of another eye.
    """
    check_utf8(new, path)
    check_folder_can_be_written(out)
    index = opened(path)
    config = eye.config_for(index, config, model)
    fits = eye.kept(index)
    flow = _flow(
        new, replace(config, out=out / "artifacts" / "a", embeddings=None, hierarchy=None), index, fits, progress
    )
    mine = _shrunken(side_of(checked(flow)))
    rows, keys, near = _candidates(index, mine, progress)
    known = side.side_of(index, rows)
    pairs = compared(mine.side, known.side, keys, near, progress=progress)
    sides = Sides(mine, known, f"{index.seen_by}; exact search among {len(index):,} known images")
    overlap = overlap_of(str(new), str(path), sides, pairs)
    overlap = replace(overlap, b=replace(overlap.b, images=len(index)))
    write_tables(overlap, out)
    write_page(overlap, sides, out)
    return overlap


def _flow(new: Path, config: Config, index: Index, fits: Mapping[str, Any], progress: Progress) -> Flow:
    """The stages of the new images by the fits of the index."""
    flow = Flow(new, config, progress, dict(fits))
    flow.made["choice"] = eye.chosen(index, fits, config)
    return flow


def _shrunken(read: ReadSide) -> ReadSide:
    return replace(read, side=replace(read.side, small=eye.shrunken(read.side.small)))


def _candidates(
    index: Index, mine: ReadSide, progress: Progress
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]:
    """Sorted rows of the index that may be copies; pairs with new images as keys; and their relative distances."""
    queries, small = mine.side.vectors, mine.side.small
    if queries.shape[1] != index.columns:
        raise DataDoctorError(f"{index.path}: {index.columns} columns, not {queries.shape[1]}: of another eye")
    with progress.stage("Searching the index", 2 * len(index)) as advance:
        nearest, cosines = searching.by_vectors(index, queries, NEAREST, advance)
        alike, _ = searching.by_pixels(index, small, ALIKE, advance)
    same = side.with_pixels(index, list(mine.side.dataset.images.pixel_digests))
    rows = np.unique(np.concatenate([nearest.ravel(), alike.ravel(), same]))
    rows = rows[rows >= 0]
    keys, order = np.unique(_keys(nearest, rows), return_index=True)
    near = _relative(cosines)[nearest >= 0][order]
    return rows, *with_more(keys, near, np.unique(_keys(alike, rows)))


def _keys(found: NDArray[np.int64], rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """i * len(rows) + j of what was found (m, k) for query i, where it is ``rows[j]``."""
    query = np.broadcast_to(np.arange(len(found))[:, None], found.shape)
    there = found >= 0
    return np.asarray(query[there] * len(rows) + np.searchsorted(rows, found[there]), dtype=np.int64)


def _relative(cosines: NDArray[np.float32]) -> NDArray[np.float32]:
    """Distances over the median of a query's."""
    distances = np.sqrt(np.maximum(2 - 2 * cosines, 1e-12))
    some = np.where(np.isfinite(distances), distances, np.nan)
    relative: NDArray[np.float32] = (distances / np.nanmedian(some, axis=1, keepdims=True)).astype(np.float32)
    return relative
