"""Tables as people have them, all as text: CSV of any dialect, text lists, JSON Lines, Parquet and Excel. The one reader of them.

Everything is text, so that a label '007' stays '007'; a missing value is ''.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from datadoctor.errors import DataDoctorError
from datadoctor.files import regular

SEPARATED = (".csv", ".tsv", ".tab", ".txt", ".lst", ".list")
JSON_LINES = (".jsonl", ".ndjson")
EXCEL = (".xlsx", ".xlsm")
KINDS = (*SEPARATED, *JSON_LINES, ".parquet", *EXCEL)


@dataclass(frozen=True, slots=True)
class Table:
    """The columns of a table, all of one length.

    ``lines``: the line that each row begins on, from 1; rows are counted instead in Parquet. ``left_out``: lines that are no
    row, and why. ``header``: False where the file names no columns, and they are called 'column 1', …. ``encoding``: of its text.
    ``comments``: how many lines of comment stand above the rows.
    """

    file: Path
    columns: dict[str, list[str]]
    lines: list[int]
    left_out: list[tuple[int, str]]
    header: bool = True
    encoding: str = "utf-8"
    comments: int = 0

    def __len__(self) -> int:
        return len(self.lines)

    def rows(self) -> Iterator[tuple[int, dict[str, str]]]:
        """Each row with its line."""
        for line, *values in zip(self.lines, *self.columns.values(), strict=True):
            yield line, dict(zip(self.columns, values, strict=True))

    def whole(self) -> Table:
        """The table itself; raises ``DataDoctorError`` if a line of it is no row."""
        if self.left_out:
            line, cause = self.left_out[0]
            raise DataDoctorError(f"{self.file}:{line}: {cause}; correct that row")
        return self

    def needs(self, *names: str, advice: str) -> Table:
        """The table itself; raises ``DataDoctorError`` if it lacks one of these columns; ``advice``: the next step."""
        for name in names:
            if name not in self.columns:
                raise DataDoctorError(f"{self.file}: no column '{name}'; {advice}")
        return self


def read_table(file: Path, what: str = "table") -> Table:
    """Read a table; ``what``: what it is, for errors. Raises ``DataDoctorError`` if it cannot be read or is of no known kind."""
    return table_of(file, lambda: regular(file).read_bytes(), what)


def table_of(file: Path, read: Callable[[], bytes], what: str) -> Table:
    """As ``read_table`` does, where the bytes are had otherwise than from the disk: ``read`` gives them, ``file`` is what it is called."""
    kind = file.suffix.lower()
    if kind not in KINDS:
        raise DataDoctorError(f"{file}: unknown kind of {what}; give one of {', '.join(KINDS)}")
    try:
        return _reader(kind)(file, read())
    except OSError as error:
        raise DataDoctorError(f"{file}: cannot read the {what}: {error.strerror or error}; check its path") from error


def _reader(kind: str) -> Callable[[Path, bytes], Table]:
    from datadoctor.tables import excel, json_lines, parquet, separated

    if kind in EXCEL:
        return excel.read
    if kind in JSON_LINES:
        return json_lines.read
    return parquet.read if kind == ".parquet" else separated.read
