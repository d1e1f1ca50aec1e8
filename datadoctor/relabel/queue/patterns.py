"""Systematic patterns: one mistake made many times, seen once.

A pattern is a set of flagged images that look like another class for the same reason: see ``stages.interpretations``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from datadoctor.errors import IncompleteError
from datadoctor.run import Run

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

NAMED = 5  # members that a representative's reason names


def patterns(run: Run, candidates: pd.DataFrame) -> NDArray[np.int64]:
    """(len(candidates),) the number of each candidate's pattern; one of its own where it is alone or was not judged.

    So are images with several labels: each label is judged by itself. Raises ``IncompleteError`` for a run that kept no reasons.
    """
    from datadoctor.run.reasons import reasons

    numbers = np.arange(len(candidates))
    if not candidates["flagged"].any() or run.several_labels:
        return numbers
    found = reasons(run)
    if found is None:
        raise IncompleteError(
            f"{run.path}: kept no reasons that images share, to show one for all of them: run the audit again"
        )
    shared = {path: number for number, reason in enumerate(found) for path in reason.paths}
    first: dict[int, int] = {}
    for place, path in enumerate(candidates["path"].tolist()):
        if path in shared:
            numbers[place] = first.setdefault(shared[path], place)
    return numbers


def with_groups(candidates: pd.DataFrame, numbers: NDArray[np.int64]) -> pd.DataFrame:
    """Add 'worth' and 'members': on a pattern's representative, the sum of its probabilities and the others as JSON.

    The representative is the most probably wrong one (ties by path); its reason names some of the others. Members have a worth of
    their own probability and come after all representatives; 'representative' says which is which. ``members``: [{"path", "key",
    "digest"}], '[]'.
    """
    ordered = candidates.assign(pattern=numbers).sort_values(["p_mislabel", "path"], ascending=[False, True])
    first = ~ordered["pattern"].duplicated()
    total = ordered.groupby("pattern")["p_mislabel"].transform("sum")
    ordered["representative"] = first
    ordered["worth"] = total.where(first, ordered["p_mislabel"])
    others: dict[int, list[dict[str, str]]] = {}
    for row in ordered[~first][["pattern", "path", "key", "digest"]].to_dict("records"):
        others.setdefault(row.pop("pattern"), []).append({str(name): value for name, value in row.items()})
    ordered["reason"] = [
        reason + (_stands_for(others[number]) if one and number in others else "")
        for reason, number, one in zip(ordered["reason"], ordered["pattern"], first, strict=True)
    ]
    ordered["members"] = [
        json.dumps(others.get(number, []) if one else [], ensure_ascii=False)
        for number, one in zip(ordered["pattern"], first, strict=True)
    ]
    return ordered


def _stands_for(others: Sequence[Mapping[str, str]]) -> str:
    named = ", ".join(one["path"] for one in others[:NAMED]) + (", …" if len(others) > NAMED else "")
    return f" Stands for {len(others):,} more that look so for the same reason: {named}."
