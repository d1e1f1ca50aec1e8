"""The summary of an audit as text, for a terminal or, in Markdown, for a pull request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from datadoctor.console import painted
from datadoctor.run.markdown import escaped, fitted, leak_table, table

if TYPE_CHECKING:
    from datadoctor.run import Run
    from datadoctor.run.assessment import Assessment
    from datadoctor.run.assessment.check_rows import CheckRow
    from datadoctor.run.assessment.figures import Figure

FORMATS = ("text", "markdown")
WORST = 5
WORST_IN_MARKDOWN = 10


def summary_text(audit: Run, format_: str = "text", colours: bool = False) -> str:
    """What was audited, what was found and how sure it is, what did not run, what to do first, where to go on.

    ``format_``: one of ``FORMATS``. ``colours``: of a terminal, for the figures of the text.
    """
    from datadoctor.run.assessment import assess

    found = assess(audit)
    return _markdown(audit, found) if format_ == "markdown" else _plain(audit, found, colours)


def _plain(audit: Run, found: Assessment, colours: bool) -> str:
    return "\n".join(
        [
            "",
            ", ".join(f"{value} {name}" for name, value in found.facts),
            "",
            *(_figure_line(figure, colours) for figure in found.figures),
            "",
            *(_check_line(check) for check in found.checks),
            *_worst(audit, found),
            *_leaks(audit.summary),
            *_first(found),
            "",
            f"report   {audit.path / 'report.html'}",
            f"queue    {audit.path / 'relabel.csv'}",
        ]
    )


def _figure_line(figure: Figure, colours: bool) -> str:
    return f"  {painted(f'{figure.value:>8}', figure.tone, colours)} {figure.title.lower()}: {figure.detail}"


def _check_line(check: CheckRow) -> str:
    if check.status == "does not apply":
        return f"         – {check.name}: {check.reason}"
    if check.status != "ran":
        return f"  {check.status.upper():<8} {check.name}: {check.reason}"
    return f"  {check.findings:>8,} {check.name}"


def _worst(audit: Run, found: Assessment) -> list[str]:
    rows = [
        f"  {p:.2f}  {path!r}: given {given!r}, suggested {suggested!r}"
        for path, given, suggested, p in _worst_labels(audit, found, WORST)
    ]
    return ["", "most likely mislabelled:", *rows] if rows else []


def _worst_labels(audit: Run, found: Assessment, most: int) -> list[tuple[str, str, str, float]]:
    """Path, given and suggested label, and probability of a wrong one, of the worst in the order of the queue."""
    from datadoctor.run.assessment.check_rows import that_ran
    from datadoctor.run.suspects import OF_LABELS

    if not set(OF_LABELS) & that_ran(found.checks):
        return []
    flagged = audit.items[audit.items["flagged"]]
    worst = flagged.sort_values(["p_mislabel", "path"], ascending=[False, True]).head(most)
    given, suggested = (worst[name].replace(audit.class_names) for name in ("given_label", "suggested_label"))
    return list(zip(worst["path"], given, suggested, worst["p_mislabel"], strict=True))


def _leaks(summary: dict[str, Any]) -> list[str]:
    leakage = summary["split_leakage"]
    if not leakage:
        return []
    names = leakage["splits"]
    lines = []
    for x, first in enumerate(names):
        for y in range(x + 1, len(names)):
            exact, near = leakage["exact"][x][y], leakage["near"][x][y]
            lines.append(f"  {first or '(none)'} / {names[y]}: {exact:,} exact and {near:,} near-duplicate pairs")
    return ["", "pairs of images shared by two splits:", *lines]


def _first(found: Assessment) -> list[str]:
    lines = [f"  {place}. {todo.title}. {todo.detail}" for place, todo in enumerate(found.todos, start=1)]
    return ["", "do first:", *lines] if lines else []


def _markdown(audit: Run, found: Assessment) -> str:
    lines = [f"## datadoctor: {escaped(found.source)}", ""]
    lines += [", ".join(f"{value} {name}" for name, value in found.facts), ""]
    lines += table(
        ("", "found", "how sure"), ((f.title, f"**{escaped(f.value)}**", escaped(f.detail)) for f in found.figures)
    )
    if found.not_run:
        lines += ["", f"### {len(found.not_run)} of {len(found.checks)} checks did not run", ""]
        lines += [f"- {check.status}: **{escaped(check.title)}**: {escaped(check.reason)}" for check in found.not_run]
    if found.todos:
        lines += ["", "### Do first", ""]
        lines += [f"{n}. **{escaped(todo.title)}.** {escaped(todo.detail)}" for n, todo in enumerate(found.todos, 1)]
    lines += leak_table(audit.summary["split_leakage"])
    worst = _worst_labels(audit, found, WORST_IN_MARKDOWN)
    if worst:
        lines += ["", "### Labels most likely wrong", ""]
        rows = ((f"{p:.2f}", *map(escaped, (path, given, new))) for path, given, new, p in worst)
        lines += table(("probability", "image", "given", "suggested"), rows)
    lines += ["", f"Report: {escaped(str(audit.path / 'report.html'))}"]
    return fitted(lines, "\n*Cut here: the whole is in the report.*\n")
