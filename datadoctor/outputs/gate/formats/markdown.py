"""The verdict as Markdown, for a step summary or one comment on a pull request.

Cut here and not by the platform: one that gets too much drops the whole text.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping
from typing import Any

from datadoctor.outputs.gate.formats import WORST, change, headline, name, remarks
from datadoctor.outputs.gate.judge import Row, Verdict
from datadoctor.outputs.gate.state import Found

# A comment on GitHub holds 65,536 characters, a step summary 1 MiB: the smaller, in bytes, with room for a header.
MOST_BYTES = 60_000
MOST_IN_CELL = 400
CUT = "\n*Cut here: the whole is in the JSON output.*\n"
_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|~>@:-])")


def render(verdict: Verdict) -> str:
    """Verdict, table of checks, leak matrix, the ten worst new findings with reasons, remarks."""
    icon = {0: "✅", 1: "❌"}.get(verdict.exit_code, "⚠️")
    lines = [f"## {icon} Dataset gate {_escaped(headline(verdict))}", "", _escaped(change(verdict)), ""]
    lines += _table(("check", "level", "new", "fixed", "existing", "budget"), map(_row, verdict.rows))
    if verdict.fixed:
        lines += ["", f"🎉 {verdict.fixed:,} fixed by this change"]
    lines += _leaks(verdict.leakage)
    if verdict.new:
        lines += ["", f"### New, worst first ({min(WORST, len(verdict.new))} of {len(verdict.new):,})", ""]
        lines += _table(("score", "check", "where", "why", "what to do", "key"), map(_finding, verdict.new[:WORST]))
    said = remarks(verdict)
    lines += ["", *(f"- {_escaped(remark)}" for remark in said)] if said else []
    return _fitted(lines)


def _row(row: Row) -> tuple[str, ...]:
    new = f"**{len(row.new):,}**" if row.over else f"{len(row.new):,}"
    figures = (new, f"{row.fixed:,}", f"{row.existing:,}", f"{row.budget:,}")
    return (_escaped(name(row)), row.rule.level.value, *figures)


def _finding(one: Found) -> tuple[str, ...]:
    where = f"{one.file}:{one.line}" if one.line else one.file
    texts = (one.check, where, one.message, one.suggestion)
    return (f"{one.score:.2f}", *map(_escaped, texts), f"`{one.key[:12]}`")


def _leaks(leakage: Mapping[str, Any] | None) -> list[str]:
    """Pairs of the same picture in two splits, exact + near, over the whole dataset."""
    if not leakage:
        return []
    splits = leakage["splits"]
    rows = [
        (_escaped(first or "(none)"), *(f"{exact:,} + {near:,}" for exact, near in zip(*counts, strict=True)))
        for first, *counts in zip(splits, leakage["exact"], leakage["near"], strict=True)
    ]
    header = ("same picture in", *(_escaped(split or "(none)") for split in splits))
    return ["", "### Pairs by split (exact + near)", "", *_table(header, rows)]


def _table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    return [f"| {' | '.join(cells)} |" for cells in (header, ("---",) * len(header), *rows)]


def _escaped(text: str) -> str:
    """Text from the dataset as text: no markup, no mention, no link, on one line."""
    short = text if len(text) <= MOST_IN_CELL else f"{text[:MOST_IN_CELL]}…"
    line = "".join(letter if letter.isprintable() else " " for letter in short)
    return _SPECIAL.sub(r"\\\1", html.escape(line, quote=False))


def _fitted(lines: list[str]) -> str:
    text = "\n".join(lines) + "\n"
    if len(text.encode()) <= MOST_BYTES:
        return text
    kept, size = [], len(CUT.encode())
    for line in lines:
        size += len(line.encode()) + 1
        if size > MOST_BYTES:
            break
        kept.append(line)
    return "\n".join(kept) + CUT
