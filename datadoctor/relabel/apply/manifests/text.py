"""CSV, TSV and JSON Lines manifests, corrected in place: quoting, line ends, column order and byte order mark stay."""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datadoctor.errors import DataDoctorError
from datadoctor.relabel.apply.manifests import Cell, chosen_columns, tidy

BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


@dataclass(frozen=True, slots=True)
class TextManifest:
    """``written`` turns the text of a label cell and a new label into the new text of the cell."""

    text: str
    bom: bytes
    encoding: str
    cells: Mapping[str, list[Cell]]
    written: Callable[[str, str], str]

    def with_labels(self, labels: Mapping[str, str]) -> bytes:
        """The file with the cells of these paths rewritten, every other byte as it was."""
        changed = sorted((cell.start, cell.end, new) for path, new in labels.items() for cell in self.cells[path])
        parts: list[str] = []
        end = 0
        for start, stop, new in changed:
            parts += [self.text[end:start], self.written(self.text[start:stop], new)]
            end = stop
        return self.bom + "".join([*parts, self.text[end:]]).encode(self.encoding)


def read(file: Path, content: bytes, path_column: str, label_column: str | None) -> TextManifest:
    """Find the label cell of every row."""
    bom, encoding = next(((bom, name) for bom, name in BOMS if content.startswith(bom)), (b"", "utf-8"))
    try:
        text = content[len(bom) :].decode(encoding)
    except UnicodeDecodeError as error:
        raise DataDoctorError(f"{file}: not {encoding} text ({error.reason}); save the manifest as UTF-8") from error
    cells: dict[str, list[Cell]] = {}
    separated = file.suffix.lower() in (".csv", ".tsv")
    delimiter = "\t" if file.suffix.lower() == ".tsv" else ","
    rows = _csv_cells(file, text, delimiter, path_column, label_column) if separated else None
    for path, cell in rows or _json_cells(file, text, path_column, label_column):
        cells.setdefault(tidy(path), []).append(cell)
    written = _csv_text(delimiter) if separated else _json_text(text.isascii())
    return TextManifest(text, bom, encoding, cells, written)


def _csv_text(delimiter: str) -> Callable[[str, str], str]:
    def written(old: str, new: str) -> str:
        quoted = old.startswith('"') or any(c in new for c in (delimiter, '"', "\r", "\n"))
        return '"' + new.replace('"', '""') + '"' if quoted else new

    return written


def _csv_cells(
    file: Path, text: str, delimiter: str, path_column: str, label_column: str | None
) -> Iterator[tuple[str, Cell]]:
    records = list(_csv_records(text, delimiter))
    _check_same(file, text, delimiter, records)
    if not records:
        raise DataDoctorError(f"{file}: an empty manifest; write one row an image")
    header = [value for value, _, _ in records[0][1]]
    names = chosen_columns(file, header, path_column, label_column)
    path_at, label_at = (header.index(name) for name in names)
    for line, fields in records[1:]:
        if len(fields) == len(header):  # the audit leaves out any other
            label, start, end = fields[label_at]
            yield fields[path_at][0], Cell(label, f"{file.name}:{line}", start, end)


def _csv_records(text: str, delimiter: str) -> Iterator[tuple[int, list[tuple[str, int, int]]]]:
    """The line each record begins on, and for each field its value, start and end."""
    gap = re.escape(delimiter)
    token = re.compile(rf'("[^"]*(?:""[^"]*)*"(?={gap}|[\r\n]|\Z)|[^{gap}\r\n]*)({gap}|\r\n|\r|\n|\Z)')
    fields: list[tuple[str, int, int]] = []
    line = begin = 1
    for match in token.finditer(text):
        raw = match[1]
        value = raw[1:-1].replace('""', '"') if raw.startswith('"') and len(raw) > 1 else raw
        fields.append((value, match.start(1), match.end(1)))
        line += len(re.findall(r"\r\n|\r|\n", match[0]))
        if match[2] != delimiter:
            if len(fields) > 1 or raw:  # an empty line is no record
                yield begin, fields
            fields, begin = [], line


def _check_same(file: Path, text: str, delimiter: str, records: list[tuple[int, list[tuple[str, int, int]]]]) -> None:
    """Refuse a file that Python's reader, which the audit uses, takes otherwise."""
    try:
        known = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True) if row]
    except csv.Error as error:
        raise DataDoctorError(f"{file}: {error}; quote the fields of the manifest correctly") from error
    if known != [[value for value, _, _ in fields] for _, fields in records]:
        raise DataDoctorError(f"{file}: its quoting is too unusual to be corrected safely; save it as plain CSV")


def _json_text(ascii_only: bool) -> Callable[[str, str], str]:
    def written(old: str, new: str) -> str:
        number = old[:1].isdigit() or old.startswith("-")
        if number and re.fullmatch(r"-?(0|[1-9]\d*)", new):
            return new
        return json.dumps(new, ensure_ascii=ascii_only)

    return written


def _json_cells(file: Path, text: str, path_column: str, label_column: str | None) -> Iterator[tuple[str, Cell]]:
    at = 0
    names: list[str] = []
    rows: list[tuple[int, dict[str, tuple[int, int]]]] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip() and (spans := _spans(line)) is not None:
            rows.append((number, {name: (at + start, at + end) for name, (start, end) in spans.items()}))
            names += [name for name in spans if name not in names]
        at += len(line) + 1
    path_name, label_name = chosen_columns(file, names, path_column, label_column)
    for number, places in rows:
        if path_name in places and label_name in places:
            start, end = places[label_name]
            path = _as_text(text[slice(*places[path_name])])
            yield path, Cell(_as_text(text[start:end]), f"{file.name}:{number}", start, end)


def _as_text(raw: str) -> str:
    value: Any = json.loads(raw, parse_int=str, parse_float=str, parse_constant=str)
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)


def _spans(line: str) -> dict[str, tuple[int, int]] | None:
    """Where the value of each name of a JSON object begins and ends; None where the line is no object."""
    decoder, space = json.JSONDecoder(), re.compile(r"[\s,:{]*")
    try:
        if not isinstance(json.loads(line), dict):
            return None
    except (ValueError, RecursionError):
        return None
    spans: dict[str, tuple[int, int]] = {}
    # The line is a valid object: between its names and values there is nothing but space and punctuation.
    at = _after(space, line, line.index("{"))
    while line[at] != "}":
        name, at = decoder.raw_decode(line, at)
        start = _colon(line, at)
        _, at = decoder.raw_decode(line, start)
        spans[name] = (start, at)
        at = _after(space, line, at)
    return spans


def _after(pattern: re.Pattern[str], line: str, at: int) -> int:
    match = pattern.match(line, at)
    return match.end() if match else at


def _colon(line: str, at: int) -> int:
    return _after(re.compile(r"\s*:\s*"), line, at)
