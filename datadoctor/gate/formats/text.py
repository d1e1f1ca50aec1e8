"""The verdict for a terminal."""

from __future__ import annotations

from datadoctor.gate.formats import WORST, change, count, headline, name, others, quiet, remarks, telling
from datadoctor.gate.judge import Verdict
from datadoctor.gate.state import Found

HEADER = ("check", "level", "new", "budget", "fixed", "existing")


def render(verdict: Verdict) -> str:
    """Verdict, table, the worst new findings, remarks."""
    lines = [f"gate {headline(verdict)}", change(verdict), "", *_table(verdict), "", *quiet(verdict)]
    if verdict.fixed:
        lines += ["", f"{verdict.fixed:,} fixed by this change"]
    if verdict.new:
        lines += ["", f"new, worst first ({min(WORST, len(verdict.new))} of {len(verdict.new):,}):"]
        lines += [f"  {_finding(one)}" for one in verdict.new[:WORST]]
    said = remarks(verdict)
    return "\n".join([*lines, *([""] if said else []), *said]) + "\n"


def _table(verdict: Verdict) -> list[str]:
    cells = [HEADER]
    for row in telling(verdict.rows):
        mark = " over" if row.over else ""
        figures = (f"{count(row, verdict)}{mark}", f"{row.budget:,}", f"{row.fixed:,}", f"{row.existing:,}")
        cells.append((name(row), row.rule.level.value, *figures))
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in cells]


def _finding(one: Found) -> str:
    # Quoted, so that a hostile name cannot move the cursor.
    place = f"{one.file!r}:{one.line}" if one.line else repr(one.file)
    return f"{one.score:.2f}  {one.check}  {place}  {_plain(one.message + others(one))}  [{one.key[:12]}]"


def _plain(text: str) -> str:
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text)
