"""Reads one row of numbers an image from ``.npy``, ``.npz``, CSV or Parquet, with the names of rows and columns it holds.

A CSV or Parquet names its rows by a text column (``path``, ``filename``, ``image``, ``id`` ...) and its columns by their header.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from datadoctor.arrays import DAMAGED
from datadoctor.errors import DataDoctorError
from datadoctor.files import regular

if TYPE_CHECKING:
    import pandas as pd

ID_COLUMNS = ("path", "paths", "filepath", "file_path", "filename", "file_name", "file", "image", "image_path", "img", "id",
              "image_id")  # fmt: skip
KINDS = (".npy", ".npz", ".csv", ".tsv", ".parquet")


@dataclass(frozen=True)
class Table:
    """``values`` (m, d) of any numeric type; ``paths`` (m) and ``columns`` (d) where the file names them, else None."""

    values: NDArray[np.generic]
    paths: tuple[str, ...] | None = None
    columns: tuple[str, ...] | None = None


def load(file: Path, arrays: Sequence[str], wanted: Sequence[str] = ()) -> Table:
    """The table in ``file``; a ``.npy`` stays memory-mapped.

    ``arrays``: under what name an ``.npz`` may hold it; its ``paths`` and ``classes`` name rows and columns. ``wanted``: the
    columns to take where a CSV or Parquet has them all, else all its numbers are taken.
    Raises ``DataDoctorError`` where the file is missing, of another kind, or holds no such table.
    """
    readers: Mapping[str, Callable[[], Table]] = {
        ".npy": lambda: Table(np.load(regular(file), mmap_mode="r", allow_pickle=False)),
        ".npz": lambda: _npz(file, arrays),
        ".csv": lambda: _of_frame(_csv(file), wanted),
        ".tsv": lambda: _of_frame(_csv(file), wanted),
        ".parquet": lambda: _of_frame(_parquet(file), wanted),
    }
    read = readers.get(file.suffix.lower())
    if read is None:
        raise DataDoctorError(f"{file}: numbers are read from {', '.join(KINDS)}, not {file.suffix or 'no suffix'!r}")
    try:
        table = read()
    except FileNotFoundError as error:
        raise DataDoctorError(f"{file}: cannot be read: no such file; check the path") from error
    except (*DAMAGED, csv.Error) as error:
        raise DataDoctorError(f"{file}: cannot be read: {error}; save it again") from error
    if table.values.ndim != 2 or table.values.dtype.kind not in "fiu" or table.values.shape[1] == 0:
        shape = f"shape {table.values.shape} and type {table.values.dtype}"
        raise DataDoctorError(f"{file}: has {shape}; one row of numbers an image is needed")
    return table


def positions(file: Path, what: str, names: Sequence[str], wanted: Sequence[str]) -> NDArray[np.int64]:
    """Where each wanted name is among ``names``; ``what`` they name, in the plural."""
    where = {name: index for index, name in enumerate(names)}
    if len(where) < len(names):
        twice = next(name for index, name in enumerate(names) if where[name] != index)
        raise DataDoctorError(f"{file}: {twice!r} is there more than once among its {what}; give each one name")
    missing = [name for name in wanted if name not in where]
    if missing:
        hint = "; paths are relative to the image root, with '/'" if what == "images" else ""
        raise DataDoctorError(
            f"{file}: nothing for {len(missing):,} of {len(wanted):,} {what}, the first is {missing[0]!r}: add them{hint}"
        )
    return np.array([where[name] for name in wanted], dtype=np.int64)


def _npz(file: Path, arrays: Sequence[str]) -> Table:
    with np.load(regular(file), allow_pickle=False) as archive:
        name = next((name for name in arrays if name in archive.files), None)
        if name is None:
            wanted = " or ".join(map(repr, arrays))
            raise ValueError(f"it holds {', '.join(archive.files)}, none named {wanted}")
        values = archive[name]
        named = {key: _names(archive[key], key) for key in ("paths", "classes") if key in archive.files}
    for key, axis in (("paths", 0), ("classes", 1)):
        if key in named and values.ndim == 2 and len(named[key]) != values.shape[axis]:
            raise ValueError(f"'{key}' must be {values.shape[axis]} texts, found {len(named[key])}")
    return Table(values, named.get("paths"), named.get("classes"))


def _names(array: NDArray[np.generic], key: str) -> tuple[str, ...]:
    if array.dtype.kind not in "Uiu":
        raise ValueError(f"'{key}' must be texts, found {array.dtype}")
    return tuple(map(str, array.reshape(-1)))


def _csv(file: Path) -> pd.DataFrame:
    """Text stays text, so that 01 is not 1 and an image may be called NA; columns that hold only numbers become numbers."""
    import pandas as pd

    with regular(file).open(encoding="utf-8-sig", newline="") as stream:
        separator = max(",;\t", key=stream.readline().count)
        stream.seek(0)
        rows = [row for row in csv.reader(stream, delimiter=separator) if row]
    ragged = next((number for number, row in enumerate(rows, start=1) if len(row) != len(rows[0])), 0)
    if len(rows) < 2 or ragged:
        raise ValueError(f"row {ragged} has not as many fields as the header" if ragged else "it has no rows")
    table = pd.DataFrame(rows[1:], columns=rows[0])
    for number, name in enumerate(table.columns):
        if not _is_id(name):
            texts = table.iloc[:, number].str.replace(",", ".") if separator == ";" else table.iloc[:, number]
            numbers = pd.to_numeric(texts, errors="coerce")
            if numbers.notna().all() or (texts[numbers.isna()].str.strip().str.casefold().isin(["", "nan"])).all():
                table[name] = numbers
    return table


def _parquet(file: Path) -> pd.DataFrame:
    import pandas as pd

    from datadoctor.parquet import read_frame

    table = read_frame(regular(file))
    return table if isinstance(table.index, pd.RangeIndex) else table.reset_index()


def _is_id(name: object) -> bool:
    return str(name).strip().casefold() in ID_COLUMNS


def _of_frame(table: pd.DataFrame, wanted: Sequence[str]) -> Table:
    table = table.rename(columns=lambda name: str(name).strip())
    names = list(table.columns)
    if wanted and set(wanted) <= set(names):
        taken = list(wanted)
    else:
        taken = [name for name in names if table[name].dtype.kind in "fiu" and not _is_id(name) and not _is_index(name)]
    ids = [name for name in names if _is_id(name) and name not in taken]
    paths = tuple(map(str, table[ids[0]])) if ids else None
    if not taken:
        return Table(_of_lists(table, [name for name in names if name not in ids]), paths)
    return Table(table[taken].to_numpy(np.float32), paths, tuple(taken))


def _is_index(name: str) -> bool:
    """Whether pandas wrote this column without being asked."""
    return name in {"", "index", "__index_level_0__"}


def _of_lists(table: pd.DataFrame, names: Sequence[str]) -> NDArray[np.float32]:
    """A column that holds a list of numbers an image."""
    for name in names:
        if len(table) and isinstance(table[name].iloc[0], np.ndarray | list):
            return np.stack(table[name].tolist()).astype(np.float32)
    raise ValueError("it has no column of numbers")
