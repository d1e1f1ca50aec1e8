"""Parquet: columns that hold text, numbers or the like, or short lists of words or whole numbers; NaN is a missing value."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

from datadoctor.errors import DataDoctorError
from datadoctor.tables import Table

# Longer lists on average are vectors, not labels.
LONGEST_LISTS = 64


def read(file: Path, content: bytes) -> Table:
    """Read all rows; columns of long lists, pictures and the like are no part of the table."""
    import pyarrow
    from pyarrow.parquet import ParquetFile

    try:
        # In this thread: where a limit of memory keeps Arrow from starting one of its own, it waits for ever.
        table = ParquetFile(io.BytesIO(content)).read(use_threads=False)
    except pyarrow.ArrowInvalid as error:
        raise DataDoctorError(f"{file}: not a Parquet file: {error}; write it again") from error
    columns = {}
    for name in table.column_names:
        texts = texts_of(table.column(name))
        if texts is not None:
            columns[name] = ["" if text is None else text for text in texts]
    return Table(file, columns, list(range(1, table.num_rows + 1)), [])


def texts_of(column: Any) -> list[str | None] | None:
    """The values of a column as text, None for missing ones; None for a column of anything but text, numbers and short lists.

    A list of words or whole numbers, as several labels are, is its JSON.
    """
    import pyarrow
    from pyarrow import compute

    if pyarrow.types.is_list(column.type) or pyarrow.types.is_large_list(column.type):
        return _lists(column)
    try:
        if pyarrow.types.is_floating(column.type):
            column = compute.if_else(compute.is_nan(column), pyarrow.scalar(None, column.type), column)
        texts: list[str | None] = column.cast(pyarrow.string()).to_pylist()
    except (pyarrow.ArrowNotImplementedError, pyarrow.ArrowInvalid, KeyError):
        return None
    return texts


def _lists(column: Any) -> list[str | None] | None:
    import pyarrow

    kind = column.type.value_type
    words = pyarrow.types.is_string(kind) or pyarrow.types.is_large_string(kind)
    counts = len(column) and sum(len(chunk.flatten()) for chunk in column.chunks) / len(column)
    if not (words or pyarrow.types.is_integer(kind)) or counts > LONGEST_LISTS:
        return None
    return [None if value is None else json.dumps(value, ensure_ascii=False) for value in column.to_pylist()]
