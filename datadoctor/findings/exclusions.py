"""The exclusion list: images that a reviewer decided to leave out; ``datadoctor apply`` writes it and an audit heeds it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from datadoctor.errors import DataDoctorError
from datadoctor.spreadsheet import restored
from datadoctor.tables import Table, read_table

DEFAULT_FILE = Path(".datadoctor/excluded.csv")
COLUMNS = ("path", "digest", "key", "reviewer", "note")


@dataclass(frozen=True, slots=True)
class Exclusion:
    """An image to leave out while its file has this ``digest`` (sha256 hex, '' if it could not be read).

    ``path`` is as the dataset lists it, ``where`` the line of the list: 'excluded.csv:2'.
    """

    path: str
    digest: str
    where: str


def read(file: Path) -> tuple[Exclusion, ...]:
    """The entries of a list with at least the columns path and digest; ``DataDoctorError`` names what cannot be used."""
    table = read_table(file, "exclusion list")
    if len(table) or table.left_out:
        table.needs(*COLUMNS[:2], advice="give an exclusion list that `datadoctor apply` wrote")
    return tuple(_entries(table.whole()))


def _entries(table: Table) -> Iterator[Exclusion]:
    for line, row in table.rows():
        if not row["path"]:
            raise DataDoctorError(f"{table.file}:{line}: no path; correct that row")
        yield Exclusion(restored(row["path"]), row["digest"], f"{table.file.name}:{line}")
