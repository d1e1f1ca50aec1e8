"""One recording in two splits: its frames are nearly the same, so that a model is tested on what it was trained on.

Recordings are told by numbered names that follow what the images show. One finding a recording and pair of splits; the score is the
share of the smaller of the two parts in the recording, doubled. Where groups are given, ``group-leak`` judges by these. A split that
parts no recording is proposed in ``grouped_split.csv`` of the run directory.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import combinations

import numpy as np

from datadoctor.checks import check, item
from datadoctor.errors import NotApplicableError
from datadoctor.findings import Finding, Severity
from datadoctor.stages.dataset import Dataset
from datadoctor.stages.sequences import Sequences


@check("Recordings in two splits")
def find(dataset: Dataset, sequences: Sequences) -> Iterator[Finding]:
    """Yield the recordings that two splits share, the most evenly shared first."""
    if len(set(dataset.splits)) < 2:
        raise NotApplicableError("the dataset has one split only")
    if any(dataset.groups):
        raise NotApplicableError("the dataset has groups: group-leak judges by these")
    found = []
    for number, name in enumerate(sequences.names):
        rows = np.flatnonzero(sequences.ids == number)
        counts = Counter(dataset.splits[row] for row in rows.tolist())
        for one, other in combinations(sorted(counts), 2):
            found.append((min(1.0, 2 * min(counts[one], counts[other]) / len(rows)), name, one, other, counts, rows))
    for score, name, one, other, counts, rows in sorted(found, key=lambda f: (-f[0], *f[1:4])):
        nearest = _nearest(dataset, sequences, rows, one, other)
        yield Finding(
            check="sequence-leak",
            severity=Severity.ERROR,
            score=score,
            message=f"{one or '(none)'} and {other or '(none)'} share the recording {name or 'of numbered frames'}: {counts[one]:,} and "
            f"{counts[other]:,} of its {len(rows):,} frames; {sequences.followed[int(sequences.ids[rows[0]])]:.0%} of them are among "
            "the nearest images of the frame before or after.",
            items=tuple(item(dataset, row) for row in nearest),
            labels=(name, one, other),
            suggestion="Put the whole recording into one split: grouped_split.csv in the run directory does.",
            evidence={
                "recording": name,
                "images": len(rows),
                one or "(none)": counts[one],
                other or "(none)": counts[other],
            },
        )


def _nearest(
    dataset: Dataset, sequences: Sequences, rows: np.ndarray[tuple[int], np.dtype[np.int64]], one: str, other: str
) -> list[int]:
    """The frames of two splits that are nearest in number."""
    mine, theirs = ([row for row in rows.tolist() if dataset.splits[row] == split] for split in (one, other))
    numbers = sequences.numbers
    distance = np.abs(numbers[mine][:, None] - numbers[theirs][None])
    a, b = np.unravel_index(int(distance.argmin()), distance.shape)
    return [mine[int(a)], theirs[int(b)]]
