"""CSV and its relatives, and text lists."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

from datadoctor.errors import DataDoctorError
from datadoctor.tables import Table
from datadoctor.tables.decoding import decoded
from datadoctor.tables.dialect import WHITESPACE, Dialect, dialect_of, fields_of_line

UNEVEN = "a row with more or fewer fields than the header"
AGAIN = "the header once more"


def read(file: Path, content: bytes) -> Table:
    """Read all rows; raises ``DataDoctorError`` naming the line that is not written correctly."""
    whole = decoded(file, content)
    text = whole.text
    dialect = dialect_of(text, file.suffix.lower())
    records = list(records_of(file, text, dialect))
    header = column_names(file, [record for _, record in records], dialect)
    rows = records[1:] if dialect.header else records
    kept, left_out = [], []
    for line, record in rows:
        if cause := why_no_row(record, records[0][1], header, dialect):
            left_out.append((line, cause))
        else:
            kept.append((line, record))
    columns = [list(column) for column in zip_longest(*(record[: len(header)] for _, record in kept), fillvalue="")]
    columns += [[""] * len(kept) for _ in range(len(header) - len(columns))]
    named = {name: column for name, column in zip(header, columns, strict=True) if name}
    lines = [line for line, _ in kept]
    return Table(file, named, lines, left_out, dialect.header, whole.encoding, dialect.comments)


def records_of(file: Path, text: str, dialect: Dialect) -> Iterator[tuple[int, list[str]]]:
    """Each record with the line it begins on."""
    if dialect.delimiter == WHITESPACE:
        for number, line in enumerate(text[dialect.start :].splitlines(), start=dialect.first_line):
            if line.strip():
                yield number, [value for value, _, _ in fields_of_line(line)]
        return
    csv.field_size_limit(2**31 - 1)
    reader = csv.reader(
        io.StringIO(text[dialect.start :], newline=""),
        delimiter=dialect.delimiter,
        strict=True,
        skipinitialspace=dialect.skip_space,
    )
    begin = dialect.first_line
    try:
        for record in reader:
            if record:
                yield begin, record
            begin = reader.line_num + dialect.first_line
    except csv.Error as error:
        raise DataDoctorError(f"{file}:{begin}: {error}; quote the fields of this line correctly") from error


def column_names(file: Path, records: list[list[str]], dialect: Dialect) -> list[str]:
    """The names of the columns, '' for those that hold nothing and have no name; raises ``DataDoctorError`` for one name twice."""
    if not records:
        return []
    rows = records[1:] if dialect.header else records
    # Without a header the first row says how many columns there are.
    names = [name.strip() for name in records[0]] if dialect.header else [""] * len(records[0])
    used = {place for record in rows for place, value in enumerate(record) if value.strip()} if "" in names else set()
    names = [name or (f"column {place + 1}" if place in used else "") for place, name in enumerate(names)]
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        raise DataDoctorError(f"{file}: the column '{twice[0]}' is there twice; rename one of them")
    return names


def why_no_row(record: list[str], first: list[str], header: list[str], dialect: Dialect) -> str:
    """Why a record below the header is no row, '' where it is one; ``first``: the file's first record.

    A row has one value for each column, more or fewer only where there is nothing.
    """
    if dialect.header and record == first:  # files that were joined
        return AGAIN
    named = max((place for place, name in enumerate(header, start=1) if name), default=0)
    fits = len(record) >= named and not any(value.strip() for value in record[len(header) :])
    return "" if fits else UNEVEN
