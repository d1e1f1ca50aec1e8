"""Pairs of the same picture that a change brings: exact by digest, near ones verified as in ``find``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from datadoctor.progress import Silent
from datadoctor.stages.dataset import Dataset
from datadoctor.stages.duplicates import DuplicatePairs
from datadoctor.stages.index import Neighbours

# The judged partner of a near-duplicate is among its ten nearest in 96 of 100 cases (ciFAIR).
CANDIDATES = 10
BLOCK = 128


def copies(digests: Sequence[str], touched: Sequence[int]) -> list[tuple[int, int]]:
    """Rows (a, b), a < b, with the same pixels: each touched row with the first other one, untouched if there is one."""
    changed = set(touched)
    same: dict[str, list[int]] = {digests[row]: [] for row in touched if digests[row]}
    for row, digest in enumerate(digests):
        if digest in same:
            same[digest].append(row)
    found = set()
    for rows in same.values():
        first = min(rows, key=lambda row: (row in changed, row))
        found |= {(min(first, row), max(first, row)) for row in rows if row != first and row in changed}
    return sorted(found)


def of_changed(
    dataset: Dataset, exact: Sequence[tuple[int, int]], neighbours: Neighbours | None, touched: NDArray[np.int64]
) -> DuplicatePairs:
    """All pairs, as an audit gives them, of dataset rows; ``exact`` ones are known, near ones are found among neighbours."""
    photos = dataset.photos()
    exact = [pair for pair in exact if photos[pair[0]] != photos[pair[1]]]
    near = _near(dataset, neighbours, touched.tolist(), set(exact)) if neighbours is not None else {}
    rows = sorted(
        [*((*pair, "exact", 1.0) for pair in exact), *((*pair, "near", score) for pair, score in near.items())]
    )
    rows.sort(key=lambda row: (-row[3], row[0], row[1]))
    changed = set(touched.tolist())
    # Each pair is a set of its own: of the base's sets only what the change adds to them is judged here.
    return DuplicatePairs(
        a=np.array([row[0] for row in rows], dtype=np.int32),
        b=np.array([row[1] for row in rows], dtype=np.int32),
        kinds=tuple(row[2] for row in rows),
        scores=np.array([row[3] for row in rows], dtype=np.float32),
        p_values=np.full(len(rows), np.nan),
        differences=tuple("same pixels" if row[2] == "exact" else "near-duplicate" for row in rows),
        set_ids=np.arange(len(rows), dtype=np.int32),
        representatives=np.array([row[1] if row[0] in changed else row[0] for row in rows], dtype=np.int32),
    )


def _near(
    dataset: Dataset, neighbours: Neighbours, touched: Sequence[int], exact: set[tuple[int, int]]
) -> Mapping[tuple[int, int], float]:
    from datadoctor.stages.duplicates.clock import Clock
    from datadoctor.stages.duplicates.known import Comparing
    from datadoctor.stages.duplicates.verified import verified

    photos = dataset.photos()
    apart = (pair for pair in _candidates(neighbours, touched) if photos[pair[0]] != photos[pair[1]])
    promising = [pair for pair in apart if pair not in exact]
    pairs = np.array(promising, dtype=np.int32).reshape(-1, 2)
    found = verified(pairs, Comparing(dataset), "Verifying duplicates", Silent(), Clock(), BLOCK)[0]
    return {pair: comparison.score for pair, comparison in found.items() if comparison.same}


def _candidates(neighbours: Neighbours, touched: Sequence[int]) -> list[tuple[int, int]]:
    """Pairs, the most promising first: by distance over the usual neighbour distance of the changed image."""
    distances = np.sqrt(np.maximum(2 - 2 * neighbours.cosines[touched].astype(np.float64), 0))
    relative = distances / np.maximum(np.nanmedian(distances, axis=1, keepdims=True), 1e-6)
    best: dict[tuple[int, int], float] = {}
    for row, others, values in zip(touched, neighbours.rows[touched].tolist(), relative.tolist(), strict=True):
        for other, value in list(zip(others, values, strict=True))[:CANDIDATES]:
            if other >= 0:
                pair = (min(row, other), max(row, other))
                best[pair] = min(value, best.get(pair, np.inf))
    return sorted(best, key=lambda pair: (best[pair], pair))
