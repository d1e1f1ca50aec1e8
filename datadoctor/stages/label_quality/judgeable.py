"""Which labels can be judged, and whether the views say enough to judge them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from datadoctor.errors import NotAvailableError
from datadoctor.stages.label_quality import fusion
from datadoctor.stages.label_quality.fusion import Pool, Rows

SMALLEST_CLASS = 5


def cannot_judge(labels: NDArray[np.int32], groups: NDArray[np.int32], classes: Sequence[str]) -> dict[str, str]:
    """Classes with too few different images to learn what they look like, and why."""
    pairs = np.unique(np.stack([labels[labels >= 0], groups[labels >= 0]]), axis=1)
    counts = np.bincount(pairs[0], minlength=len(classes))
    return {
        name: f"{count} different image{'' if count == 1 else 's'}: at least {SMALLEST_CLASS} are needed"
        for name, count in zip(classes, counts.tolist(), strict=True)
        if count < SMALLEST_CLASS
    }


def judged_rows(labels: NDArray[np.int32], classes: Sequence[str], cannot: Mapping[str, str]) -> NDArray[np.int64]:
    """The rows with a label whose class can be judged; raises ``NotAvailableError`` without two such classes."""
    enough = np.array([name not in cannot for name in classes] + [False])
    rows = np.flatnonzero(enough[labels])
    if len(np.unique(labels[rows])) < 2:
        raise NotAvailableError(f"labels are judged where at least two classes have {SMALLEST_CLASS} different images")
    return rows


def informative_pool(views: Sequence[Rows], labels: NDArray[np.int32], rows: NDArray[np.int64]) -> Pool:
    """The fused views; raises ``NotAvailableError`` where they say nothing about the labels, right or wrong."""
    pool = fusion.fit(views, labels, rows)
    if not fusion.informs(pool, labels, rows):
        raise NotAvailableError(
            "the views predict given labels no better than the class shares do: wrong ones cannot be told"
        )
    return pool
