"""Duplicate pairs for the tests of checks."""

from collections.abc import Sequence

import numpy as np

from datadoctor.stages.duplicates import DuplicatePairs


def pairs_of(*sets: Sequence[tuple[int, int, str, float]]) -> DuplicatePairs:
    """One set per argument: pairs (a, b, kind, score), the first pair's first row is to be kept."""
    rows = [(*pair, number) for number, pairs in enumerate(sets) for pair in pairs]
    return DuplicatePairs(
        a=np.array([min(row[:2]) for row in rows], np.int32),
        b=np.array([max(row[:2]) for row in rows], np.int32),
        kinds=tuple(row[2] for row in rows),
        scores=np.array([row[3] for row in rows], np.float32),
        p_values=np.full(len(rows), np.nan),
        differences=tuple("same file" if row[2] == "exact" else "mirrored" for row in rows),
        set_ids=np.array([row[4] for row in rows], np.int32),
        representatives=np.array([pairs[0][0] for pairs in sets], np.int32),
    )
