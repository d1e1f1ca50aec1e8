"""CSV, TSV and JSON Lines manifests, corrected in place: quoting, line ends, column order and byte order mark stay."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from datadoctor.errors import DataDoctorError
from datadoctor.relabel.apply.manifests import Cell, by_path, chosen_columns
from datadoctor.sources.manifest.columns import Named
from datadoctor.tables import SEPARATED, json_lines, separated
from datadoctor.tables.decoding import decoded
from datadoctor.tables.dialect import WHITESPACE, Dialect, dialect_of, fields_of_line
from datadoctor.tables.json_lines import as_text, value_of

Field = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class TextManifest:
    """``written`` turns the text of a label cell and a new label into the new text of the cell."""

    file: Path
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
        whole = "".join([*parts, self.text[end:]])
        try:
            return self.bom + whole.encode(self.encoding)
        except UnicodeEncodeError as error:
            raise DataDoctorError(
                f"{self.file}: the label '{_around(labels.values(), error.object[error.start])}' cannot be written in {self.encoding}; "
                "save the manifest as UTF-8"
            ) from error


def read(file: Path, content: bytes, named: Named) -> TextManifest:
    """Find the label cell of every row."""
    whole = decoded(file, content)
    text = whole.text
    if file.suffix.lower() in SEPARATED:
        dialect = dialect_of(text, file.suffix.lower())
        cells = list(_separated_cells(file, content, text, dialect, named))
        return TextManifest(file, text, whole.bom, whole.encoding, by_path(cells), _csv_text(file, dialect))
    names = chosen_columns(json_lines.read(file, content), named)
    cells = list(_json_cells(file, text, *names))
    return TextManifest(file, text, whole.bom, whole.encoding, by_path(cells), _json_text(text.isascii()))


def _around(labels: Iterable[str], letter: str) -> str:
    return next((label for label in labels if letter in label), letter)


def _csv_text(file: Path, dialect: Dialect) -> Callable[[str, str], str]:
    def written(old: str, new: str) -> str:
        if dialect.delimiter == WHITESPACE:
            if len(new.split()) != 1:
                raise DataDoctorError(
                    f"{file}: the label '{new}' cannot be written into a list without quotes; save it as CSV"
                )
            return new
        special = any(c in new for c in (dialect.delimiter, '"', "\r", "\n")) or (dialect.skip_space and new[:1] == " ")
        return '"' + new.replace('"', '""') + '"' if old.startswith('"') or special else new

    return written


def _separated_cells(
    file: Path, content: bytes, text: str, dialect: Dialect, named: Named
) -> Iterator[tuple[str, Cell]]:
    records = list(_list_records(text, dialect) if dialect.delimiter == WHITESPACE else csv_records(text, dialect))
    plain = [[value for value, _, _ in fields] for _, fields in records]
    known = list(separated.records_of(file, text, dialect))
    if plain != [record for _, record in known]:
        raise DataDoctorError(f"{file}: its quoting is too unusual to be corrected safely; save it as plain CSV")
    if not records:
        raise DataDoctorError(f"{file}: an empty manifest; write one row an image")
    names = chosen_columns(separated.read(file, content), named)
    header = separated.column_names(file, plain, dialect)
    path_at, label_at = (header.index(name) for name in names)
    for line, fields in records[1:] if dialect.header else records:
        # The audit leaves out what is no row.
        if not separated.why_no_row([value for value, _, _ in fields], plain[0], header, dialect):
            label, start, end = fields[label_at]
            yield fields[path_at][0], Cell(label, f"{file.name}:{line}", start, end)


def _list_records(text: str, dialect: Dialect) -> Iterator[tuple[int, list[Field]]]:
    at = dialect.start
    for number, line in enumerate(text[dialect.start :].splitlines(keepends=True), start=dialect.first_line):
        if line.strip():
            yield number, [(value, at + start, at + end) for value, start, end in fields_of_line(line.rstrip("\r\n"))]
        at += len(line)


def csv_records(text: str, dialect: Dialect) -> Iterator[tuple[int, list[Field]]]:
    """The line each record begins on, and for each field its value, start and end."""
    gap, space = re.escape(dialect.delimiter), " *" if dialect.skip_space else ""
    token = re.compile(rf'{space}("[^"]*(?:""[^"]*)*"(?={gap}|[\r\n]|\Z)|[^{gap}\r\n]*)({gap}|\r\n|\r|\n|\Z)')
    fields: list[Field] = []
    line = begin = dialect.first_line
    for match in token.finditer(text, dialect.start):
        raw = match[1]
        value = raw[1:-1].replace('""', '"') if raw.startswith('"') and len(raw) > 1 else raw
        fields.append((value, match.start(1), match.end(1)))
        line += len(re.findall(r"\r\n|\r|\n", match[0]))
        if match[2] != dialect.delimiter:
            if len(fields) > 1 or raw:  # an empty line is no record
                yield begin, fields
            fields, begin = [], line


def _json_text(ascii_only: bool) -> Callable[[str, str], str]:
    def written(old: str, new: str) -> str:
        if old.startswith("["):
            return new  # a list of labels, which is JSON already
        number = old[:1].isdigit() or old.startswith("-")
        if number and re.fullmatch(r"-?(0|[1-9]\d*)", new):
            return new
        return json.dumps(new, ensure_ascii=ascii_only)

    return written


def _json_cells(file: Path, text: str, path_name: str, label_name: str) -> Iterator[tuple[str, Cell]]:
    at = 0
    for number, line in enumerate(text.split("\n"), start=1):
        places = _spans(line) if line.strip() else None
        if places and path_name in places and label_name in places:
            start, end = places[label_name]
            path = as_text(value_of(line[slice(*places[path_name])]))
            yield path, Cell(as_text(value_of(line[start:end])), f"{file.name}:{number}", at + start, at + end)
        at += len(line) + 1


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
