"""The neighbours' view: what the images that look most alike are labelled."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from datadoctor.stages.index import Neighbours

NEIGHBOURS = 30
# The vote of a neighbour falls by e for each 0.1 of cosine it is farther than the nearest.
COSINE_SCALE = 0.1
# The class shares weigh as much as half of the nearest neighbour, so that no class ever gets probability 0.
PRIOR_VOTES = 0.5
CHUNK = 65_536


def vote(
    neighbours: Neighbours, targets: NDArray[np.float32] | NDArray[np.int32], n_classes: int, groups: NDArray[np.int32]
) -> NDArray[np.float32]:
    """Weighted share of each class among the nearest images, (n, n_classes) float32, rows sum to 1.

    ``targets``: given labels (n,) int32, -1 never votes, or soft labels (n, n_classes) float32. Rows of the same group
    (duplicates) do not vote for each other: their labels may share one mistake.
    """
    rows, weights = voters(neighbours, groups, targets >= 0 if targets.ndim == 1 else np.ones(len(targets), dtype=bool))
    prior = _shares(targets, n_classes)
    result = np.empty((len(rows), n_classes), dtype=np.float32)
    for start in range(0, len(rows), CHUNK):
        part = slice(start, start + CHUNK)
        votes = _count(rows[part], weights[part], targets, n_classes) + PRIOR_VOTES * prior
        result[part] = votes / votes.sum(axis=1, keepdims=True)
    return result


def voters(
    neighbours: Neighbours, groups: NDArray[np.int32], may_vote: NDArray[np.bool_]
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Up to 30 nearest rows (n, k) and the weight of each in [0, 1]: 1 for the nearest, 0 for those that must not vote."""
    rows = neighbours.rows[:, :NEIGHBOURS]
    cosines = np.nan_to_num(neighbours.cosines[:, :NEIGHBOURS], nan=-1.0)
    allowed = (rows >= 0) & may_vote[rows] & (groups[rows] != groups[:, None])
    nearest = np.where(allowed, cosines, -np.inf).max(axis=1, initial=-1.0, keepdims=True)
    weights: NDArray[np.float32] = np.where(allowed, np.exp((cosines - nearest) / COSINE_SCALE), 0).astype(np.float32)
    return rows, weights


def agreement(neighbours: Neighbours, labels: NDArray[np.int32], groups: NDArray[np.int32]) -> NDArray[np.float32]:
    """Weighted share of the neighbours with the same given label, (n,) float32 in [0, 1]; 0 where none may vote."""
    rows, weights = voters(neighbours, groups, labels >= 0)
    same = (labels[rows] == labels[:, None]) * weights
    total = weights.sum(axis=1)
    share: NDArray[np.float32] = (same.sum(axis=1) / np.maximum(total, 1e-12)).astype(np.float32)
    return share


def _shares(targets: NDArray[np.float32] | NDArray[np.int32], n_classes: int) -> NDArray[np.float32]:
    if targets.ndim == 2:
        return np.asarray(targets.mean(axis=0, dtype=np.float64), dtype=np.float32)
    counts = np.bincount(targets[targets >= 0], minlength=n_classes)
    return np.asarray(counts / max(counts.sum(), 1), dtype=np.float32)


def _count(
    rows: NDArray[np.int32],
    weights: NDArray[np.float32],
    targets: NDArray[np.float32] | NDArray[np.int32],
    n_classes: int,
) -> NDArray[np.float32]:
    votes = np.zeros((len(rows), n_classes), dtype=np.float32)
    each = np.arange(len(rows))
    for column, weight in zip(rows.T, weights.T, strict=True):
        if targets.ndim == 2:
            votes += weight[:, None] * targets[column]
        else:
            # One neighbour a row: no index occurs twice. A label of -1 has weight 0.
            votes[each, targets[column]] += weight
    return votes
