"""Systematic patterns: one mistake made many times, seen once.

A pattern is a set of flagged images with the same given and suggested label that hang together as nearest neighbours.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from datadoctor.run import Run

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

NAMED = 5  # members that a representative's reason names


def patterns(run: Run, candidates: pd.DataFrame) -> NDArray[np.int64]:
    """(len(candidates),) the number of each candidate's pattern; one of its own where it is alone or not judged."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    n = len(candidates)
    file = run.path / "artifacts" / "neighbours.npz"
    if not n or not file.is_file():
        return np.arange(n)
    place = np.full(int(run.items["row"].max()) + 1, -1)
    rows = candidates["row"].to_numpy(dtype=np.int64)
    readable = np.flatnonzero(rows >= 0)
    place[rows[readable]] = readable
    near = np.asarray(run.arrays("neighbours")["rows"])[rows[readable]].astype(np.int64)
    a, b = np.repeat(readable, near.shape[1]), np.where(near >= 0, place[near], -1).ravel()
    pair = _pairs(candidates)
    same = (b >= 0) & (pair[a] == pair[b]) & (pair[a] >= 0)
    graph = csr_array((np.ones(same.sum(), dtype=bool), (a[same], b[same])), shape=(n, n))
    _, numbers = connected_components(graph, directed=False)
    return np.asarray(numbers, dtype=np.int64)


def _pairs(candidates: pd.DataFrame) -> NDArray[np.int64]:
    """A number for each (given, suggested), -1 where no other class is suggested or nothing was found."""
    import pandas as pd

    given, suggested = candidates["given_label"], candidates["suggested_label"]
    numbers, _ = pd.factorize(given + "\x1f" + suggested)
    odd = (given != suggested) & (suggested != "") & candidates["flagged"]
    return np.where(odd, np.asarray(numbers, dtype=np.int64), -1)


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
    return f" Stands for {len(others):,} more like it: {named}."
