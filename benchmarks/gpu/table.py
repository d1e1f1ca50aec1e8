"""The table that is printed at the end."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class Row:
    """One measurement: what was done at which size, what CPU and GPU took, and how far their answers agree."""

    what: str
    size: str
    cpu: str
    gpu: str
    answers: str


def markdown(rows: Iterable[Row]) -> str:
    """The rows as a Markdown table."""
    names = [field.name for field in fields(Row)]
    lines = ["| " + " | ".join(names) + " |", "|---" * len(names) + "|"]
    lines += ["| " + " | ".join(getattr(row, name) for name in names) + " |" for row in rows]
    return "\n".join(lines)
