"""The assessment of a run: what the first screen of the report, the terminal and the pull request say alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from datadoctor.run.assessment.check_rows import CheckRow, check_row
from datadoctor.run.assessment.figures import Figure, figures
from datadoctor.run.assessment.todos import Todo, todos

if TYPE_CHECKING:
    from datadoctor.run import Run

MOST_TODOS = 5


@dataclass(frozen=True)
class Assessment:
    """What was audited, the verdict figures, the five things to do first, every check, and those that did not run."""

    source: str
    facts: list[tuple[str, str]]
    figures: list[Figure]
    todos: list[Todo]
    checks: list[CheckRow]
    not_run: list[CheckRow]


def assess(run: Run) -> Assessment:
    """The assessment of a run; checks that failed come first among those that did not run."""
    from datadoctor.run.assessment.tally import tally

    summary, counted = run.summary, tally(run)
    checks = [check_row(check) for check in summary["checks"]]
    not_run = [check for check in checks if check.status in ("skipped", "failed")]
    return Assessment(
        source=PurePath(str(summary["source"])).name or str(summary["source"]),
        facts=_facts(summary["dataset"]),
        figures=list(figures(summary, counted)),
        todos=list(todos(checks, counted))[:MOST_TODOS],
        checks=checks,
        not_run=sorted(not_run, key=lambda check: check.status != "failed"),
    )


def _facts(dataset: Mapping[str, Any]) -> list[tuple[str, str]]:
    splits = [
        f"{name or '(none)'} {count:,}"
        for name, count in dataset["splits"].items()
        if name or count < dataset["images"]
    ]
    facts = [("images", f"{dataset['images']:,}"), ("classes", f"{dataset['classes']:,}")]
    facts += [("labelled", f"{dataset['labelled']:,}"), ("unreadable", f"{dataset['unreadable']:,}")]
    facts += [("left out (exclusion list)", f"{dataset['left_out']:,}")] if dataset.get("left_out") else []
    return facts + ([("splits", " · ".join(splits))] if splits else [])
