"""Embeddings that the user brings: checked, put into the order of the dataset, scaled to length 1."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from datadoctor.arrays import RowWriter
from datadoctor.errors import DataDoctorError
from datadoctor.stages.brought import likeness, rows
from datadoctor.stages.brought.check import refuse
from datadoctor.stages.brought.orders import Listed
from datadoctor.stages.brought.table import load
from datadoctor.stages.dataset import Dataset
from datadoctor.stages.embeddings import Embeddings, Stage

CHUNK = 4096
ARRAYS = ("embeddings",)


def read(
    file: Path,
    dataset: Dataset,
    listed: Listed,
    out: Path,
    small: NDArray[np.uint8] | None = None,
    notice: Callable[[str], None] = lambda text: None,
) -> Embeddings:
    """The embeddings in ``file`` for the rows of ``dataset``, written to the NumPy file ``out``.

    ``file``: a ``.npy`` array (m, d); an ``.npz`` with ``embeddings`` (m, d) and, optionally, ``paths`` (m,) as listed, in any
    order; a CSV or Parquet with, optionally, a column ``path``. Without paths, m must be the number of ``listed`` images or of
    readable ones, in the sorted order of paths; ``small`` (n, s, s, 3) uint8, the images themselves, and the labels serve to
    notice another order. Raises ``DataDoctorError`` naming what is wrong: shape, type, missing paths, NaN or infinite values,
    rows of zeros, an order that agrees far worse than another.
    """
    table = load(file, ARRAYS)
    listed, vectors = rows.in_order(file, table, listed)
    if table.paths is None and small is not None:
        _check_order(file, likeness.Brought(vectors, small, listed), notice)
    writer = RowWriter(out, (vectors.shape[1],), np.float32)
    for start in range(0, len(dataset), CHUNK):
        part = _checked(file, vectors[listed.readable[start : start + CHUNK]], dataset.paths[start : start + CHUNK])
        for place, vector in enumerate(part):
            writer.put(start + place, vector.tobytes())
    made_by = f"brought by the user: {file.name}, sha256 {_digest(file)[:16]}"
    return Embeddings(writer.finish(len(dataset)), (Stage("given", 0, vectors.shape[1]),), made_by)


def _check_order(file: Path, brought: likeness.Brought, notice: Callable[[str], None]) -> None:
    refuse(file, likeness.same_label(brought) or likeness.same_pixels(brought))
    if likeness.tells_nothing(brought):
        notice(
            f"{file}: the nearest vectors have the same label, and look alike, no more often than by chance: are its rows in the order "
            "of the sorted paths? Save it as an .npz with 'paths' to be sure"
        )


def _checked(file: Path, part: NDArray[np.generic], paths: Sequence[str]) -> NDArray[np.float32]:
    values = part.astype(np.float64)
    for wrong, what in (
        (~np.isfinite(values).all(axis=1), "NaN or infinite values"),
        (~values.any(axis=1), "only zeros"),
    ):
        if wrong.any():
            raise DataDoctorError(
                f"{file}: the row of '{paths[int(wrong.argmax())]}' has {what}; embed that image again"
            )
    # Scaled by the largest value first, so that no square overflows or vanishes.
    values /= np.abs(values).max(axis=1, keepdims=True)
    normalised: NDArray[np.float32] = (values / np.linalg.norm(values, axis=1, keepdims=True)).astype(np.float32)
    return normalised


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
