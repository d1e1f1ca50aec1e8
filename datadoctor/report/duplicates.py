"""Duplicate sets, as the Duplicates view shows them: conflicting labels first, then leaks, then the rest."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from datadoctor.report.items import Items, rounded
from datadoctor.report.payload import PairView, SetView
from datadoctor.run import Run

MOST_SETS = 2_000
MOST_MEMBERS = 60


def duplicate_sets(run: Run, items: Items) -> list[SetView]:
    """All sets of a run, the ones to look at first in front."""
    sets = [_set(int(str(number)), pairs, items) for number, pairs in run.duplicates.groupby("set_id", sort=True)]
    return sorted((s for s in sets if len(s.items) > 1), key=lambda s: (not s.conflict, not s.leak, -s.size, s.number))


def _set(number: Any, pairs: pd.DataFrame, items: Items) -> SetView:
    labels, splits, paths = ({*pairs[f"{c}_a"], *pairs[f"{c}_b"]} for c in ("label", "split", "path"))
    suggested = str(pairs["keep"].iloc[0])
    members = items.positions(sorted(paths, key=lambda path: (path != suggested, path)))[:MOST_MEMBERS]
    keep = items.positions([suggested])
    return SetView(
        number=int(number),
        items=members,
        pairs=list(_pairs(pairs, items, set(members))),
        keep=keep[0] if keep else -1,
        conflict=len(labels - {""}) > 1,
        leak=len(splits) > 1,
        exact=bool((pairs["kind"] == "exact").all()),
        size=len(paths),
    )


def _pairs(pairs: pd.DataFrame, items: Items, members: set[int]) -> Iterator[PairView]:
    scores, q_values = rounded(pairs["score"]), pairs["figure_q_value"].tolist()
    overlaps = pairs[["figure_overlap_a", "figure_overlap_b"]].fillna(1.0).round(3).itertuples(index=False, name=None)
    columns = (pairs["path_a"], pairs["path_b"], pairs["kind"], scores, q_values, pairs["difference"], overlaps)
    for path_a, path_b, kind, score, q_value, difference, overlap in zip(*columns, strict=True):
        a, b = items.index.get(path_a, -1), items.index.get(path_b, -1)
        if a in members and b in members:
            known = float(f"{q_value:.2g}") if q_value == q_value else None
            yield PairView(a, b, str(kind), score, known, str(difference), overlap)
