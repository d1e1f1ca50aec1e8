"""The exclusion list: images that a reviewer decided to leave out; ``datadoctor apply`` writes it and an audit heeds it."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from datadoctor.errors import DataDoctorError
from datadoctor.files import regular
from datadoctor.spreadsheet import restored

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
    try:
        with regular(file).open(encoding="utf-8-sig", newline="") as stream:
            return tuple(_entries(csv.DictReader(stream, strict=True, restkey="(more)"), file))
    except OSError as error:
        raise DataDoctorError(f"{file}: cannot read the exclusion list: {error.strerror}; check the path") from error
    except (csv.Error, UnicodeDecodeError) as error:
        raise DataDoctorError(f"{file}: not a CSV file in UTF-8: {error}; restore the exclusion list") from error


def _entries(reader: csv.DictReader[str], file: Path) -> Iterator[Exclusion]:
    missing = [name for name in COLUMNS[:2] if name not in (reader.fieldnames or COLUMNS)]
    if missing:
        raise DataDoctorError(f"{file}: no column '{missing[0]}'; give an exclusion list that `datadoctor apply` wrote")
    for row in reader:
        where = f"{file.name}:{reader.line_num}"
        if None in row.values() or "(more)" in row or not row["path"]:
            raise DataDoctorError(
                f"{file}:{reader.line_num}: no path, or more or fewer cells than the header; correct that row"
            )
        yield Exclusion(restored(row["path"]), row["digest"], where)
