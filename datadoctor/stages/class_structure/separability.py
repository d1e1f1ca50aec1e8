"""How well each stage of a network separates the groups of each level of a tree.

One ridge regression of the classes' indicators on a stage serves every level, for the scores of a group are the sums of
its classes' scores; leaving an item out is exact without refitting (Allen 1974: the residual divided by one minus the
leverage).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from datadoctor.errors import NotApplicableError
from datadoctor.stages.class_structure import Separability
from datadoctor.stages.embeddings import Embeddings
from datadoctor.stages.hierarchy import Hierarchy
from datadoctor.stages.hierarchy.levels import levels_of

MOST_ITEMS = 20_000
BLOCK = 2**23  # scores held at once
RIDGES = tuple(10.0**power for power in range(-6, 1))  # shares of the mean variance of the columns


def separability(labels: NDArray[np.int32], embeddings: Embeddings, hierarchy: Hierarchy) -> Separability:
    """Judge every stage at levels of 2, 4, 8 … groups, the superclasses and the classes; at most 20,000 items, evenly spaced.

    Raises ``NotAvailableError`` when fewer than two classes have items.
    """
    rows = np.flatnonzero(labels >= 0)
    if len(np.unique(labels[rows])) < 2:
        raise NotApplicableError("separability needs items of at least two classes")
    if len(rows) > MOST_ITEMS:
        by_class = rows[np.argsort(labels[rows], kind="stable")]
        rows = np.sort(by_class[np.linspace(0, len(rows) - 1, MOST_ITEMS).round().astype(np.int64)])
    levels = levels_of(hierarchy)
    by_stage = [
        recalls(np.asarray(embeddings.stage(stage.name)[rows], dtype=np.float64), labels[rows], levels)
        for stage in embeddings.stages
    ]
    accuracy = np.array([[np.nanmean(recall) for recall in of_stage] for of_stage in by_stage])
    groups = np.array([len(np.unique(level[labels[rows]])) for level in levels])
    chance = 1 / groups
    class_recall = np.array([of_stage[-1] for of_stage in by_stage])
    seen = np.flatnonzero(np.isfinite(class_recall[0]))
    return Separability(
        stages=tuple(stage.name for stage in embeddings.stages),
        levels=tuple(int(level.max()) + 1 for level in levels),
        accuracy=accuracy.astype(np.float32),
        above_chance=((accuracy - chance) / np.where(groups > 1, 1 - chance, 1)).astype(np.float32),
        class_recall=class_recall.astype(np.float32),
        never=seen[class_recall[:, seen].max(axis=0) < 0.5].astype(np.int32),
    )


def recalls(
    x: NDArray[np.float64], labels: NDArray[np.int32], levels: Sequence[NDArray[np.int32]]
) -> list[NDArray[np.float64]]:
    """Per level, the recall of each group, NaN where it has no items; with the ridge that recalls most classes."""
    x = x - x.mean(axis=0)
    variances, axes = np.linalg.eigh(x.T @ x)
    coordinates, scale = x @ axes, max(float(variances.mean()), np.finfo(float).tiny)
    best: list[NDArray[np.float64]] = []
    for ridge in RIDGES:
        weight = 1 / (np.maximum(variances, 0) + ridge * scale)
        found = _left_out(coordinates, weight, labels, levels)
        if not best or np.nanmean(found[-1]) > np.nanmean(best[-1]):
            best = found
    return best


def _left_out(
    z: NDArray[np.float64], weight: NDArray[np.float64], labels: NDArray[np.int32], levels: Sequence[NDArray[np.int32]]
) -> list[NDArray[np.float64]]:
    n_classes = len(levels[-1])
    sums = np.zeros((n_classes, z.shape[1]))
    np.add.at(sums, labels, z)
    coefficients, mean = weight[:, np.newaxis] * sums.T, np.bincount(labels, minlength=n_classes) / len(labels)
    hits = [np.zeros(int(level.max()) + 1) for level in levels]
    members = [np.equal.outer(level, np.arange(int(level.max()) + 1)).astype(np.float64) for level in levels]
    step = max(1, BLOCK // n_classes)
    for start in range(0, len(z), step):
        part, y = z[start : start + step], labels[start : start + step]
        leverage = (part**2 @ weight + 1 / len(z))[:, np.newaxis]
        own = np.zeros((len(y), n_classes))
        own[np.arange(len(y)), y] = 1
        scores = (part @ coefficients + mean - leverage * own) / np.maximum(1 - leverage, 1e-9)
        for level, member, hit in zip(levels, members, hits, strict=True):
            np.add.at(hit, level[y], (scores @ member).argmax(axis=1) == level[y])
    totals = (np.bincount(level[labels], minlength=len(hit)) for level, hit in zip(levels, hits, strict=True))
    return [np.where(total > 0, hit / np.maximum(total, 1), np.nan) for hit, total in zip(hits, totals, strict=True)]
