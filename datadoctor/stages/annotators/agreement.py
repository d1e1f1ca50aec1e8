"""How far annotators agree: Krippendorff's alpha for nominal data, and each one's share of equal votes.

Krippendorff, K. (2011), Computing Krippendorff's Alpha-Reliability, section C: one minus observed over expected disagreement, from the
coincidences of pairs of votes on one image, each image weighing as much as it has votes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def counted(rows: NDArray[np.int64], labels: NDArray[np.int32], n: int, n_classes: int) -> NDArray[np.float64]:
    """(n, K) how many votes each image has for each class."""
    counts = np.zeros((n, n_classes))
    np.add.at(counts, (rows, labels), 1)
    return counts


def alpha(counts: NDArray[np.float64]) -> float:
    """Krippendorff's alpha of (n, K) votes by image and class; NaN where no image has two votes, 1 where only one class is used."""
    several = counts[counts.sum(axis=1) > 1]
    if not len(several):
        return float("nan")
    votes, used = several.sum(axis=1), several.sum(axis=0)
    total = votes.sum()
    observed = ((votes**2 - (several**2).sum(axis=1)) / (votes - 1)).sum() / total
    expected = (total**2 - (used**2).sum()) / (total * (total - 1))
    return float(1 - observed / expected) if expected else 1.0


def shares(
    counts: NDArray[np.float64],
    rows: NDArray[np.int64],
    who: NDArray[np.int32],
    labels: NDArray[np.int32],
    n_people: int,
) -> NDArray[np.float64]:
    """(A,) share of the other votes on the images that somebody labelled that are the same; NaN where there are none."""
    same, others = counts[rows, labels] - 1, counts[rows].sum(axis=1) - 1
    total = np.bincount(who, weights=others, minlength=n_people)
    equal = np.bincount(who, weights=same, minlength=n_people)
    return np.where(total > 0, equal / np.maximum(total, 1), np.nan)
