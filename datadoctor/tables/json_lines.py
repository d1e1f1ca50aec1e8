"""JSON Lines: an object a line; NaN is a missing value."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from datadoctor.tables import Table
from datadoctor.tables.decoding import decoded


def read(file: Path, content: bytes) -> Table:
    """Read all lines; those that are no object are left out."""
    records: list[dict[str, str]] = []
    lines: list[int] = []
    left_out: list[tuple[int, str]] = []
    for number, line in enumerate(decoded(file, content).text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            record = value_of(line)
        except (ValueError, RecursionError):
            left_out.append((number, "not valid JSON"))
            continue
        if not isinstance(record, dict):
            left_out.append((number, "not a JSON object"))
            continue
        records.append({name: as_text(value) for name, value in record.items()})
        lines.append(number)
    names = list(dict.fromkeys(name for record in records for name in record))
    return Table(file, {name: [record.get(name, "") for record in records] for name in names}, lines, left_out)


def value_of(text: str) -> Any:
    """A JSON value with its numbers as text, and None for NaN."""
    return json.loads(text, parse_int=str, parse_float=str, parse_constant=lambda _: None)


def as_text(value: object) -> str:
    """A JSON value as the text of a table."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)
