"""The verdict as Markdown, for a step summary or one comment on a pull request."""

from __future__ import annotations

from datadoctor.gate.formats import WORST, change, count, headline, name, others, quiet, remarks, telling, where
from datadoctor.gate.judge import Row, Verdict
from datadoctor.gate.state import Found
from datadoctor.run.markdown import escaped, fitted, leak_table, table

CUT = "\n*Cut here: the whole is in the JSON output.*\n"


def render(verdict: Verdict) -> str:
    """Verdict, table of checks, leak matrix, the ten worst new findings with reasons, remarks."""
    icon = {0: "✅", 1: "❌"}.get(verdict.exit_code, "⚠️")
    lines = [f"## {icon} Dataset gate {escaped(headline(verdict))}", "", escaped(change(verdict)), ""]
    rows = [_row(row, verdict) for row in telling(verdict.rows)]
    lines += table(("check", "level", "new", "budget", "fixed", "existing"), rows)
    lines += [line for said in quiet(verdict) for line in ("", escaped(said))]
    if verdict.fixed:
        lines += ["", f"🎉 {verdict.fixed:,} fixed by this change"]
    lines += leak_table(verdict.leakage)
    if verdict.new:
        lines += ["", f"### New, worst first ({min(WORST, len(verdict.new))} of {len(verdict.new):,})", ""]
        lines += table(("score", "check", "where", "why", "what to do", "key"), map(_finding, verdict.new[:WORST]))
    said = remarks(verdict)
    lines += ["", *(f"- {escaped(remark)}" for remark in said)] if said else []
    return fitted(lines, CUT)


def _row(row: Row, verdict: Verdict) -> tuple[str, ...]:
    new = f"**{count(row, verdict)}**" if row.over else count(row, verdict)
    figures = (new, f"{row.budget:,}", f"{row.fixed:,}", f"{row.existing:,}")
    return (escaped(name(row)), row.rule.level.value, *figures)


def _finding(one: Found) -> tuple[str, ...]:
    texts = (one.check, where(one), one.message + others(one), one.suggestion)
    return (f"{one.score:.2f}", *map(escaped, texts), f"`{one.key[:12]}`")
