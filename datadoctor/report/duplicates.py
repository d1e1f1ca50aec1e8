"""Duplicate sets, as the Duplicates view shows them: conflicting labels first, then leaks, then the rest."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple

import pandas as pd

from datadoctor.report.items import Items, rounded
from datadoctor.report.payload import PairView, SetView
from datadoctor.run import Run

MOST_SETS = 2_000
MOST_MEMBERS = 60


def duplicate_sets(run: Run, items: Items) -> list[SetView]:
    """All sets of a run, the ones to look at first in front."""
    pairs = defaultdict(list)
    for pair in _all_pairs(run.duplicates):
        pairs[pair.number].append(pair)
    sets = [_set(number, pairs[number], items) for number in sorted(pairs)]
    return sorted((s for s in sets if len(s.items) > 1), key=lambda s: (not s.conflict, not s.leak, -s.size, s.number))


class _Pair(NamedTuple):
    """A row of the table of duplicates; figures are as short as they are shown."""

    number: int
    paths: tuple[str, str]
    labels: tuple[str, str]
    splits: tuple[str, str]
    keep: str
    kind: str
    score: float | None
    q_value: float | None
    difference: str
    overlap: tuple[float, float]


def _all_pairs(table: pd.DataFrame) -> Iterator[_Pair]:
    """The rows, made of whole columns: a frame a set would take most of the time that a page does."""
    if table.empty:  # then it lacks columns
        return

    def both(name: str) -> Iterator[tuple[Any, Any]]:
        return zip(table[f"{name}_a"].tolist(), table[f"{name}_b"].tolist(), strict=True)

    overlaps = table[["figure_overlap_a", "figure_overlap_b"]].fillna(1.0).round(3).itertuples(index=False, name=None)
    q_values = [float(f"{q:.2g}") if q == q else None for q in table["figure_q_value"].tolist()]
    texts = (table[name].tolist() for name in ("keep", "kind"))
    rows = zip(
        table["set_id"].tolist(), both("path"), both("label"), both("split"), *texts, rounded(table["score"]), q_values,
        table["difference"].tolist(), overlaps, strict=True,
    )  # fmt: skip
    yield from itertools.starmap(_Pair, rows)


def _set(number: int, pairs: list[_Pair], items: Items) -> SetView:
    paths, labels, splits = (
        {text for both in column for text in both}
        for column in zip(*((pair.paths, pair.labels, pair.splits) for pair in pairs), strict=True)
    )
    suggested = pairs[0].keep
    members = items.positions(sorted(paths, key=lambda path: (path != suggested, path)))[:MOST_MEMBERS]
    keep = items.positions([suggested])
    return SetView(
        number=number,
        items=members,
        pairs=list(_views(pairs, items, set(members))),
        keep=keep[0] if keep else -1,
        conflict=len(labels - {""}) > 1,
        leak=len(splits) > 1,
        exact=all(pair.kind == "exact" for pair in pairs),
        size=len(paths),
    )


def _views(pairs: list[_Pair], items: Items, members: set[int]) -> Iterator[PairView]:
    for pair in pairs:
        a, b = (items.index.get(path, -1) for path in pair.paths)
        if a in members and b in members:
            yield PairView(a, b, pair.kind, pair.score, pair.q_value, pair.difference, pair.overlap)
