"""Rows of a manifest file as text: CSV, TSV, JSON Lines or Parquet, with the line each row begins on.

Everything is text, so that a label '007' stays '007'; a missing value is ''.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from datadoctor.errors import DataDoctorError
from datadoctor.files import regular
from datadoctor.sources import SourceProblem


@dataclass(frozen=True, slots=True)
class Rows:
    """The columns of a manifest, all of one length; ``locations``: 'labels.csv:12', counted from 1.

    Lines of the file for text formats (the line a row begins on), rows for Parquet.
    """

    columns: dict[str, list[str]]
    locations: list[str]
    problems: list[SourceProblem]


def read_rows(manifest: Path) -> Rows:
    """Read all rows; raises ``DataDoctorError`` if the file cannot be read or is of no known format."""
    reader = _READERS.get(manifest.suffix.lower())
    if reader is None:
        raise DataDoctorError(f"{manifest}: unknown kind of manifest; give one of {', '.join(_READERS)}")
    try:
        return reader(regular(manifest))
    except OSError as error:
        cause = error.strerror or str(error)
        raise DataDoctorError(f"{manifest}: cannot read the manifest: {cause}; check its path") from error


def _text(manifest: Path) -> str:
    content = manifest.read_bytes()
    utf16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return content.decode("utf-16" if utf16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise DataDoctorError(
            f"{manifest}:{line}: not UTF-8 text ({error.reason}); save the manifest as UTF-8"
        ) from error


def _separated(delimiter: str) -> Callable[[Path], Rows]:
    def read(manifest: Path) -> Rows:
        reader = csv.reader(io.StringIO(_text(manifest), newline=""), delimiter=delimiter, strict=True)
        header: list[str] = []
        records: list[list[str]] = []
        locations: list[str] = []
        problems: list[SourceProblem] = []
        begin = 1
        try:
            for record in reader:
                where = f"{manifest.name}:{begin}"
                begin = reader.line_num + 1
                if not record:
                    continue
                if not header:
                    header = _header(record, manifest)
                elif len(record) != len(header):
                    problems.append(SourceProblem(where, "left out: a row with more or fewer fields than the header"))
                else:
                    records.append(record)
                    locations.append(where)
        except csv.Error as error:
            raise DataDoctorError(f"{manifest}:{begin}: {error}; quote the fields of this line correctly") from error
        values = [list(column) for column in zip(*records, strict=True)] or [[] for _ in header]
        return Rows(dict(zip(header, values, strict=True)), locations, problems)

    return read


def _header(names: list[str], manifest: Path) -> list[str]:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise DataDoctorError(f"{manifest}: the column '{twice[0]}' is there twice; rename one of them")
    return names


def _json_lines(manifest: Path) -> Rows:
    records: list[dict[str, str]] = []
    locations: list[str] = []
    problems: list[SourceProblem] = []
    for number, line in enumerate(_text(manifest).split("\n"), start=1):
        if not line.strip():
            continue
        where = f"{manifest.name}:{number}"
        try:
            record = json.loads(line, parse_int=str, parse_float=str, parse_constant=str)
        except (ValueError, RecursionError):
            problems.append(SourceProblem(where, "left out: not valid JSON"))
            continue
        if not isinstance(record, dict):
            problems.append(SourceProblem(where, "left out: not a JSON object"))
            continue
        records.append({name: _as_text(value) for name, value in record.items()})
        locations.append(where)
    names = list(dict.fromkeys(name for record in records for name in record))
    return Rows({name: [record.get(name, "") for record in records] for name in names}, locations, problems)


def _as_text(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)


def _parquet(manifest: Path) -> Rows:
    import pyarrow

    from datadoctor.parquet import read_arrow

    try:
        table = read_arrow(manifest)
    except pyarrow.ArrowInvalid as error:
        raise DataDoctorError(f"{manifest}: not a Parquet file: {error}; write it again") from error
    columns = {}
    for name in table.column_names:
        try:
            texts = table.column(name).cast(pyarrow.string()).to_pylist()
        except (pyarrow.ArrowNotImplementedError, pyarrow.ArrowInvalid, KeyError):
            continue  # lists and the like: no path, label or split is one
        columns[name] = ["" if text is None else text for text in texts]
    return Rows(columns, [f"{manifest.name}:{row}" for row in range(1, table.num_rows + 1)], [])


_READERS: Mapping[str, Callable[[Path], Rows]] = {
    ".csv": _separated(","),
    ".tsv": _separated("\t"),
    ".jsonl": _json_lines,
    ".ndjson": _json_lines,
    ".parquet": _parquet,
}
