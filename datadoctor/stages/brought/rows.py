"""Brings the rows of an array that the user made and the images of the listing together."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from datadoctor.errors import DataDoctorError
from datadoctor.stages.brought.orders import Listed
from datadoctor.stages.brought.table import Table, positions


def in_order(file: Path, table: Table, listed: Listed) -> tuple[Listed, NDArray[np.generic]]:
    """The images that the rows (m) stand for, in their order, and the rows: by name, else one for each listed or readable image.

    Raises ``DataDoctorError`` where a readable image has no row, or the rows are as many as neither.
    """
    if table.paths is not None:
        readable = listed.of_readable()
        where = positions(file, "images", table.paths, readable.paths)
        in_place = len(table.values) == len(where) and np.array_equal(where, np.arange(len(where)))
        return readable, table.values if in_place else table.values[where]
    if len(table.values) == len(listed.paths):
        return listed, table.values
    if len(table.values) == len(listed.readable):
        return listed.of_readable(), table.values
    raise DataDoctorError(
        f"{file}: has {len(table.values):,} rows, but {len(listed.paths):,} images are listed and {len(listed.readable):,} readable: "
        "give one row an image in the order of the sorted paths, or name them: 'paths' in an .npz, a column 'path' in CSV or Parquet"
    )
