"""Metrics of groups of classes, from one confusion matrix: on every node of a tree, and on its superclasses."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from datadoctor.stages.class_structure import Cut, GroupMetrics, LevelAccuracy
from datadoctor.stages.confusion import Confusion
from datadoctor.stages.hierarchy import Hierarchy
from datadoctor.stages.hierarchy.cut import flow_within
from datadoctor.stages.hierarchy.levels import levels_of


def group_metrics(hierarchy: Hierarchy, confusion: Confusion) -> GroupMetrics:
    """Recall, precision, F1 and confusion within and across, for each node of the hierarchy (Alsallakh et al. 2017)."""
    counts = confusion.argmax_counts
    hits, members = counts.diagonal(), [list(node.members) for node in hierarchy.nodes]
    given, predicted, hit = (
        np.array([column[group].sum() for group in members], dtype=np.float64)
        for column in (counts.sum(axis=1), counts.sum(axis=0), hits)
    )
    inside = flow_within(hierarchy, counts) + hit
    recall, precision = _ratio(inside, given), _ratio(inside, predicted)
    return GroupMetrics(
        recall=recall,
        precision=precision,
        f1=_ratio(2 * inside, given + predicted),
        within=_ratio(inside - hit, given),
        across=_ratio(given - inside, given),
    )


def level_accuracy(hierarchy: Hierarchy, confusion: Confusion) -> LevelAccuracy:
    """Accuracy of classes and of superclasses, beside that of predictions with the same totals made blindly."""
    counts = confusion.argmax_counts.astype(np.float64)
    total = counts.sum()
    given, predicted = counts.sum(axis=1) / total, counts.sum(axis=0) / total
    same = hierarchy.superclass_of[:, np.newaxis] == hierarchy.superclass_of
    n_groups = len(hierarchy.superclasses)
    given_groups = np.bincount(hierarchy.superclass_of, given, minlength=n_groups)
    predicted_groups = np.bincount(hierarchy.superclass_of, predicted, minlength=n_groups)
    return LevelAccuracy(
        classes=float(np.trace(counts) / total),
        superclasses=float(counts[same].sum() / total),
        classes_chance=float(given @ predicted),
        superclasses_chance=float(given_groups @ predicted_groups),
    )


def cuts(hierarchy: Hierarchy, confusion: Confusion) -> tuple[Cut, ...]:
    """How well groups are told apart at each level of the tree, coarsest first, single classes last."""
    counts = confusion.argmax_counts
    return tuple(_cut(level, counts) for level in levels_of(hierarchy))


def _cut(level: NDArray[np.int32], counts: NDArray[np.int32]) -> Cut:
    order = np.argsort(level, kind="stable")
    first = np.flatnonzero(np.diff(level[order], prepend=-1))
    grouped = np.add.reduceat(counts[order], first, axis=0, dtype=np.int64)[:, order]
    grouped = np.add.reduceat(grouped, first, axis=1).astype(np.float64)
    given, predicted, inside = grouped.sum(axis=1), grouped.sum(axis=0), grouped.diagonal()
    total = max(float(given.sum()), 1.0)
    accuracy = float(inside.sum()) / total
    present = given > 0
    # A group that is never predicted has a precision of 0 here, or the mean would reward leaving groups out.
    precision = np.where(predicted > 0, _ratio(inside, predicted), 0)
    return Cut(
        groups=len(first),
        accuracy=accuracy,
        chance=float(given @ predicted) / total**2,
        recall=_mean(_ratio(inside, given)[present]),
        precision=_mean(precision[present]),
        f1=_mean(_ratio(2 * inside, given + predicted)[present]),
        within=accuracy - float(np.trace(counts)) / total,
        across=1 - accuracy if present.any() else float("nan"),
    )


def _mean(values: NDArray[np.floating]) -> float:
    return float(values.mean(dtype=np.float64)) if len(values) else float("nan")


def _ratio(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float32]:
    ratio = np.full(len(whole), np.nan)
    np.divide(part, whole, out=ratio, where=whole > 0)
    return ratio.astype(np.float32)
