"""Excel workbooks (``.xlsx``): the first sheet with rows, all as text; formulas by the values that were saved with them."""

from __future__ import annotations

import datetime
import io
import zipfile
from pathlib import Path
from typing import Any

from datadoctor.errors import DataDoctorError, IncompleteError
from datadoctor.tables import Table


def read(file: Path, content: bytes) -> Table:
    """Read the first sheet that has rows; other sheets with rows are named as left out.

    Raises ``DataDoctorError`` for what is no workbook or has no rows, ``IncompleteError`` where openpyxl is not installed.
    """
    try:
        from openpyxl import load_workbook
        from openpyxl.utils.exceptions import InvalidFileException
    except ImportError as error:
        raise IncompleteError(
            f"{file}: workbooks need openpyxl: pip install datadoctor[excel]; or save it as CSV"
        ) from error
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheets = {sheet.title: _rows(sheet) for sheet in book.worksheets}
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, TypeError, SyntaxError) as error:
        raise DataDoctorError(f"{file}: not an Excel workbook that can be read; save it again, or as CSV") from error
    filled = {title: rows for title, rows in sheets.items() if rows}
    if not filled:
        raise DataDoctorError(f"{file}: an empty workbook; write one row an image below the names of the columns")
    title, ((_, header), *rows) = next(iter(filled.items()))
    names = [name or f"column {number}" for number, name in enumerate(header, start=1)]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise DataDoctorError(f"{file}: two columns are called '{twice}'; give each a name of its own")
    rest = list(filled)[1:]
    left_out = [(1, f"other sheets than '{title}': {', '.join(rest)}")] if rest else []
    cut = [(line, row) for line, row in rows if len(row) > len(names)]
    left_out += [(line, "more cells than the header has columns") for line, _ in cut]
    whole = [(line, row + [""] * (len(names) - len(row))) for line, row in rows if len(row) <= len(names)]
    columns = {name: [row[place] for _, row in whole] for place, name in enumerate(names)}
    return Table(file, columns, [line for line, _ in whole], left_out)


def _rows(sheet: Any) -> list[tuple[int, list[str]]]:
    """The rows that are not empty with their numbers from 1; cells as text, empty ones at the end of a row left away."""
    found = []
    for number, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
        row = [_text(cell) for cell in cells]
        while row and not row[-1]:
            row.pop()
        if row:
            found.append((number, row))
    return found


def _text(cell: object) -> str:
    """A cell as it reads: whole numbers without a point, dates as ISO 8601 has them."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime.datetime):
        return cell.date().isoformat() if cell.time() == datetime.time() else cell.isoformat(sep=" ")
    return str(cell).strip() if isinstance(cell, str) else str(cell)
