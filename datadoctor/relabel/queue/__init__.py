"""Relabel queues: what a person should look at, worst first, with room for the answer."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from datadoctor.errors import DataDoctorError
from datadoctor.run import QUEUE_COLUMNS, Run
from datadoctor.run.suspects import OF_LABELS

if TYPE_CHECKING:
    import pandas as pd

# Only in queues with representatives: the images like this one, and whether the answer is for them too ('group').
GROUP_COLUMNS = ("members", "scope")


def relabel_queue(
    run: Run,
    *,
    budget: int | None = None,
    diverse: bool = False,
    strata: bool = False,
    checks: Sequence[str] = OF_LABELS,
    decided: Collection[str] = (),
    reviewers: Sequence[str] = (),
    overlap: float = 0.0,
) -> pd.DataFrame:
    """One row a look, by expected errors fixed per look: ``QUEUE_COLUMNS``; the last four are empty, for the reviewer.

    ``budget``: at most so many images, going on to images that were not flagged where fewer were. ``diverse``: one
    representative of each systematic pattern first, by the errors its pattern is expected to hold, and ``GROUP_COLUMNS``.
    ``strata``: the classes in turn. ``decided``: keys not to ask about again. ``reviewers``, ``overlap``: see ``assign``.
    ``priority`` counts from 1; ``digest`` is that of the file's bytes; ``key`` and ``reason`` are those of the finding.
    """
    from datadoctor.relabel.queue.patterns import patterns, with_groups
    from datadoctor.relabel.queue.reviewers import assign
    from datadoctor.run.suspects import candidates, without

    if budget is not None and budget < 1:
        raise DataDoctorError(f"a budget of {budget} images: give at least 1")
    found = without(candidates(run, checks, flagged_only=budget is None), decided)
    if diverse:
        found = with_groups(found, patterns(run, found))
    else:
        found = found.assign(worth=found["p_mislabel"], representative=True)
    queue = _in_order(found, strata).head(len(found) if budget is None else budget).copy()
    queue["priority"] = range(1, len(queue) + 1)
    queue["p_mislabel"] = queue["p_mislabel"].round(4)
    queue[["decision", "new_label", "reviewer", "note"]] = ""
    if diverse:
        queue["scope"] = ""
    columns = [*QUEUE_COLUMNS, *(GROUP_COLUMNS if diverse else ())]
    return assign(queue[columns].reset_index(drop=True), reviewers, overlap).reset_index(drop=True)


def _in_order(found: pd.DataFrame, strata: bool) -> pd.DataFrame:
    """Representatives first, then by worth, ties by path; with ``strata`` first the best of each class, then the second."""
    by = ["found", "representative", "worth", "path"]
    ordered = found.sort_values(by, ascending=[False, False, False, True])
    if strata:
        turn = ordered.groupby("given_label").cumcount()
        ordered = ordered.assign(turn=turn).sort_values(["turn", *by], ascending=[True, False, False, False, True])
    return ordered
