"""Class probabilities brought by the user: ``.npy``, ``.npz`` or ``.parquet``, checked before they are believed.

``.npy``: (n, K), rows in the order of the sorted paths, columns in the order of the sorted classes.
``.npz``: ``probabilities`` or ``pred_probs``, and optionally ``paths`` (n,) and ``classes`` (K,).
``.parquet``: one column a class, optionally a column ``path``.
Named rows and columns are matched by name, in any order; rows without a name must be as many as the images.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from datadoctor.errors import DataDoctorError
from datadoctor.files import regular
from datadoctor.stages.predictions import Predictions

ROWS_AT_ONCE = 65_536
SUM_TOLERANCE = 1e-2


@dataclass(frozen=True)
class _Table:
    values: NDArray[np.float32]
    paths: tuple[str, ...] | None
    classes: tuple[str, ...] | None


def read(file: Path, paths: Sequence[str], labels: NDArray[np.int32], classes: Sequence[str]) -> Predictions:
    """The user's out-of-sample probabilities for ``paths`` (n) and ``classes`` (K), in their order.

    A ``.npy`` stays memory-mapped. ``labels`` (n,) int32 (-1: none) serve only to notice that rows or columns are shuffled.
    Raises ``DataDoctorError`` for a wrong shape, unknown or missing names, NaN, negative values, rows that do not sum to 1
    within 1 %, and probabilities that agree with the given labels no better than if the rows were shuffled.
    """
    table = _load(file)
    values = _in_order(file, table, paths, classes)
    _check_values(file, values)
    _check_agreement(file, values, labels)
    return Predictions(values, np.full(len(paths), -1, dtype=np.int8), f"given by {file.name}")


def _load(file: Path) -> _Table:
    readers = {".npy": _load_npy, ".npz": _load_npz, ".parquet": _load_parquet}
    if file.suffix not in readers:
        raise DataDoctorError(
            f"{file}: probabilities are read from {', '.join(readers)}, not {file.suffix or 'no suffix'!r}"
        )
    try:
        table = readers[file.suffix](regular(file))
    except (OSError, ValueError) as error:
        raise DataDoctorError(f"{file}: cannot be read: {error}; save it again") from error
    if table.values.ndim != 2 or table.values.dtype.kind not in "fiu":
        shape = f"shape {table.values.shape} and type {table.values.dtype}"
        raise DataDoctorError(f"{file}: has {shape}; one row an image and one number a class are needed")
    return table


def _load_npy(file: Path) -> _Table:
    return _Table(np.load(file, mmap_mode="r", allow_pickle=False), None, None)


def _load_npz(file: Path) -> _Table:
    with np.load(file, allow_pickle=False) as archive:
        name = next((name for name in ("probabilities", "pred_probs") if name in archive.files), None)
        if name is None:
            raise ValueError(f"it holds {', '.join(archive.files)}, none named 'probabilities' or 'pred_probs'")
        names = {key: tuple(map(str, archive[key])) for key in ("paths", "classes") if key in archive.files}
        return _Table(archive[name], names.get("paths"), names.get("classes"))


def _load_parquet(file: Path) -> _Table:
    from datadoctor.parquet import read_frame

    table = read_frame(file)
    paths = tuple(map(str, table.pop("path"))) if "path" in table else None
    return _Table(table.to_numpy(np.float32), paths, tuple(map(str, table.columns)))


def _in_order(file: Path, table: _Table, paths: Sequence[str], classes: Sequence[str]) -> NDArray[np.float32]:
    columns = _positions(file, "classes", table.classes, classes, table.values.shape[1])
    rows = _positions(file, "images", table.paths, paths, table.values.shape[0])
    values = table.values
    if rows is not None:
        values = values[rows]
    if columns is not None:
        values = values[:, columns]
    return values.astype(np.float32, copy=False)


def _positions(
    file: Path, what: str, names: Sequence[str] | None, wanted: Sequence[str], size: int
) -> NDArray[np.int64] | None:
    """Where each wanted name is; None where they are already in order."""
    if names is None:
        if size != len(wanted):
            raise DataDoctorError(
                f"{file}: has {size} {what}, the dataset {len(wanted)}; name them in an .npz (paths, classes) or a .parquet"
            )
        return None
    if len(names) != size or len(set(names)) != size:
        raise DataDoctorError(
            f"{file}: {size} {what} but {len(set(names))} different names for them; give each one name"
        )
    where = {name: index for index, name in enumerate(names)}
    missing = [name for name in wanted if name not in where]
    if missing:
        raise DataDoctorError(
            f"{file}: nothing for {len(missing)} of {len(wanted)} {what}, the first is {missing[0]!r}; add them"
        )
    return None if list(names) == list(wanted) else np.array([where[name] for name in wanted], dtype=np.int64)


def _check_values(file: Path, values: NDArray[np.float32]) -> None:
    for start in range(0, len(values), ROWS_AT_ONCE):
        chunk = np.asarray(values[start : start + ROWS_AT_ONCE], dtype=np.float32)
        sums = chunk.sum(axis=1)
        for bad, cause in (
            (~np.isfinite(chunk).all(axis=1), "holds NaN or infinity"),
            ((chunk < 0).any(axis=1), "holds negative numbers: these look like logits, apply softmax first"),
            (
                np.abs(sums - 1) > SUM_TOLERANCE,
                "does not sum to 1: divide each row by its sum, or apply softmax to logits",
            ),
        ):
            if bad.any():
                row = start + int(np.flatnonzero(bad)[0])
                raise DataDoctorError(f"{file}: row {row} {cause} ({int(bad.sum())} such rows among {len(chunk)})")


def _check_agreement(file: Path, values: NDArray[np.float32], labels: NDArray[np.int32]) -> None:
    """Shuffled rows or columns agree with the labels only as often as chance: binomial, three standard deviations."""
    rows = np.flatnonzero(labels >= 0)
    if len(rows) == 0:
        return
    predicted = np.concatenate(
        [values[start : start + ROWS_AT_ONCE].argmax(axis=1) for start in range(0, len(values), ROWS_AT_ONCE)]
    )[rows]
    n_classes = values.shape[1]
    given = np.bincount(labels[rows], minlength=n_classes) / len(rows)
    called = np.bincount(predicted, minlength=n_classes) / len(rows)
    chance = float(given @ called)
    spread = (chance * (1 - chance) / len(rows)) ** 0.5
    agreement = float((predicted == labels[rows]).mean())
    # One class, or one predicted class, agrees exactly as often as chance whatever the order.
    if agreement <= chance + 3 * spread and np.count_nonzero(called) > 1 and len(rows) >= 20:
        raise DataDoctorError(
            f"{file}: predicts the given label for {agreement:.1%} of the images, by chance it would be {chance:.1%}; are its "
            "rows in the order of the sorted paths and its columns in that of the sorted classes?"
        )
