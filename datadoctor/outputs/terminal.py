"""The summary of an audit as text for a terminal: verdict figures, the worst findings, what did not run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datadoctor.outputs.run import Run

WORST = 5


def summary_text(audit: Run) -> str:
    """A dozen lines: what was audited, what was found, what to open next."""
    summary = audit.summary
    return "\n".join(
        [
            "",
            *_facts(summary),
            "",
            *(_check_line(check) for check in summary["checks"]),
            *_worst(audit),
            *_leaks(summary),
            "",
            f"report   {audit.path / 'report.html'}",
            f"queue    {audit.path / 'relabel.csv'}",
        ]
    )


def _facts(summary: dict[str, Any]) -> list[str]:
    dataset, labels = summary["dataset"], summary["label_errors"]
    lines = [f"{dataset['images']:,} images, {dataset['classes']:,} classes, {dataset['unreadable']:,} unreadable"]
    if labels:
        interval = f"{labels['low']:.1%} to {labels['high']:.1%}"
        certainty = "" if labels["identifiable"] else "; not identifiable from these views: audit 100 items"
        lines.append(
            f"estimated label errors: {labels['estimate']:.1%} ({interval}{certainty}); {labels['flagged']:,} flagged"
        )
    return lines


def _check_line(check: dict[str, Any]) -> str:
    if not check["applicable"]:
        return f"         – {check['check']}: {check['reason']}"
    if check["status"] != "ran":
        return f"  {check['status'].upper():<8} {check['check']}: {check['reason']}"
    return f"  {check['findings']:>8,} {check['check']}"


def _worst(audit: Run) -> list[str]:
    worst = audit.items[audit.items["flagged"]].nlargest(WORST, "mislabel_score")
    if worst.empty:
        return []
    rows = zip(worst["path"], worst["given_label"], worst["suggested_label"], worst["p_mislabel"], strict=True)
    lines = [f"  {p:.2f}  {path!r}: given {given!r}, suggested {suggested!r}" for path, given, suggested, p in rows]
    return ["", "most likely mislabelled:", *lines]


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
