"""Parquet: columns that hold text, numbers or the like; NaN is a missing value."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from datadoctor.errors import DataDoctorError
from datadoctor.tables import Table


def read(file: Path, content: bytes) -> Table:
    """Read all rows; columns of lists and the like are no part of the table."""
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
    """The values of a column as text, None for missing ones; None for a column of lists and the like."""
    import pyarrow
    from pyarrow import compute

    try:
        if pyarrow.types.is_floating(column.type):
            column = compute.if_else(compute.is_nan(column), pyarrow.scalar(None, column.type), column)
        texts: list[str | None] = column.cast(pyarrow.string()).to_pylist()
    except (pyarrow.ArrowNotImplementedError, pyarrow.ArrowInvalid, KeyError):
        return None
    return texts
