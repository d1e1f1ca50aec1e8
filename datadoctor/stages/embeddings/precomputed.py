"""Embeddings that the user brings: checked, put into the order of the dataset, scaled to length 1."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from datadoctor.arrays import RowWriter
from datadoctor.errors import DataDoctorError
from datadoctor.files import regular
from datadoctor.stages.dataset import Dataset
from datadoctor.stages.embeddings import Embeddings, Stage

CHUNK = 4096


def read(file: Path, dataset: Dataset, n_listed: int, out: Path) -> Embeddings:
    """The embeddings in ``file`` for the rows of ``dataset``, written to the NumPy file ``out``.

    ``file``: a ``.npy`` array (m, d), or a ``.npz`` with ``embeddings`` (m, d) and, optionally, ``paths`` (m,) as listed, in
    any order. Without paths, m must be the number of listed images (``n_listed``) or readable ones, in sorted order of paths.
    Raises ``DataDoctorError`` naming what is wrong: shape, type, missing paths, NaN or infinite values, rows of zeros.
    """
    vectors, paths = _load(file)
    if vectors.ndim != 2 or vectors.dtype.kind not in "fiu" or vectors.shape[1] == 0:
        raise DataDoctorError(
            f"{file}: expected numbers of shape (images, columns), found {vectors.dtype} {vectors.shape}"
        )
    rows = (
        _rows_by_path(file, paths, len(vectors), dataset)
        if paths is not None
        else _rows(file, vectors, dataset, n_listed)
    )
    writer = RowWriter(out, (vectors.shape[1],), np.float32)
    for start in range(0, len(rows), CHUNK):
        part = _checked(file, vectors[rows[start : start + CHUNK]], dataset.paths[start : start + CHUNK])
        for place, vector in enumerate(part):
            writer.put(start + place, vector.tobytes())
    made_by = f"brought by the user: {file.name}, sha256 {_digest(file)[:16]}"
    return Embeddings(writer.finish(len(rows)), (Stage("given", 0, vectors.shape[1]),), made_by)


def _load(file: Path) -> tuple[NDArray[np.generic], NDArray[np.generic] | None]:
    try:
        loaded = np.load(regular(file), mmap_mode="r", allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            return loaded, None
        with loaded:
            if "embeddings" not in loaded.files:
                raise DataDoctorError(
                    f"{file}: has no array 'embeddings', only {', '.join(loaded.files)}; save it under that name"
                )
            return loaded["embeddings"], loaded["paths"] if "paths" in loaded.files else None
    except FileNotFoundError as error:
        raise DataDoctorError(f"{file}: no such file; check --embeddings") from error
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise DataDoctorError(
            f"{file}: not a .npy or .npz file of numbers: {error}; save it with numpy.save"
        ) from error


def _rows(file: Path, vectors: NDArray[np.generic], dataset: Dataset, n_listed: int) -> NDArray[np.int64]:
    if len(vectors) == n_listed:
        return dataset.listing_rows
    if len(vectors) == len(dataset):
        return np.arange(len(dataset), dtype=np.int64)
    raise DataDoctorError(
        f"{file}: has {len(vectors)} rows, but {n_listed} images are listed and {len(dataset)} readable; "
        "give one row an image in sorted order of paths, or an .npz with 'embeddings' and 'paths'"
    )


def _rows_by_path(file: Path, paths: NDArray[np.generic], n_rows: int, dataset: Dataset) -> NDArray[np.int64]:
    names = [str(path) for path in paths.reshape(-1)]
    if paths.dtype.kind != "U" or len(names) != n_rows:
        raise DataDoctorError(f"{file}: 'paths' must be {n_rows} texts, one a row, found {paths.dtype} {paths.shape}")
    row_of = {name: row for row, name in enumerate(names)}
    if len(row_of) < len(names):
        twice = next(name for row, name in enumerate(names) if row_of[name] != row)
        raise DataDoctorError(f"{file}: '{twice}' is there more than once in 'paths'; keep one row an image")
    missing = [path for path in dataset.paths if path not in row_of]
    if missing:
        raise DataDoctorError(
            f"{file}: no embedding for '{missing[0]}' and {len(missing) - 1} more; "
            "paths are relative to the image root, with '/'"
        )
    return np.array([row_of[path] for path in dataset.paths], dtype=np.int64)


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
