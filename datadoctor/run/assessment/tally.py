"""What the assessment counts in the tables of a run."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from datadoctor.run import Run


@dataclass(frozen=True)
class Tally:
    """Counts over a whole run.

    ``sets``: duplicate sets; ``conflicts``, ``crossing``: those with several labels, and in several splits. ``flagged``:
    labels that look wrong; ``expected``: of the first k of them, expected wrong ones, as far as known. ``pairs``: class pairs
    that are confused beyond chance, as 'a / b: ambiguity 0.33 (0.28 to 0.39)', strongest first; None where none were judged.
    ``of_source``: message and suggestion of what makes other findings wrong, because the source is not what it seems.
    """

    sets: int
    conflicts: int
    crossing: int
    flagged: int
    expected: list[float]
    pairs: list[str] | None
    of_source: list[tuple[str, str]]


def tally(run: Run) -> Tally:
    """Count over the tables of ``run``."""
    return Tally(
        sets=int(run.duplicates["set_id"].nunique()),
        conflicts=_sets_with_several(run.duplicates, "label"),
        crossing=_sets_with_several(run.duplicates, "split"),
        flagged=int(run.items["flagged"].sum()),
        expected=(run.summary["label_errors"] or {}).get("expected_errors", []),
        pairs=_pairs(run),
        of_source=_of_source(run.findings),
    )


def _of_source(findings: pd.DataFrame) -> list[tuple[str, str]]:
    urgent = findings[(findings["check"] == "source-problem") & (findings["severity"] == "error")]
    return list(zip(urgent["message"], urgent["suggestion"], strict=True))


def _sets_with_several(duplicates: pd.DataFrame, column: str) -> int:
    """Sets whose images have more than one value in this column; a label that was not given is no label."""
    sides = [duplicates[["set_id", f"{column}_{side}"]].set_axis(["set", "value"], axis=1) for side in ("a", "b")]
    values = pd.concat(sides)
    if column == "label":
        values = values[values["value"] != ""]
    return int((values.groupby("set")["value"].nunique() > 1).sum())


def _pairs(run: Run) -> list[str] | None:
    pairs = run.class_pairs
    if pairs.empty:
        return None
    found = pairs[pairs["significant"]].sort_values("ambiguity", ascending=False, kind="stable")
    columns = (found[name] for name in ("class_a", "class_b", "ambiguity", "low", "high"))
    return [
        f"{run.called(a)} / {run.called(b)}: ambiguity {x:.2f} ({low:.2f} to {high:.2f})"
        for a, b, x, low, high in zip(*columns, strict=True)
    ]
