"""Metrics of groups of classes, from one confusion matrix: on every node of a tree, and on its superclasses."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from datadoctor.artifacts.class_structure import GroupMetrics, LevelAccuracy
from datadoctor.artifacts.confusion import Confusion
from datadoctor.artifacts.hierarchy import Hierarchy


def group_metrics(hierarchy: Hierarchy, confusion: Confusion) -> GroupMetrics:
    """Recall, precision, F1 and confusion within and across, for each node of the hierarchy (Alsallakh et al. 2017)."""
    counts = confusion.argmax_counts
    rows, columns, hits = counts.sum(axis=1), counts.sum(axis=0), counts.diagonal()
    figures = np.zeros((4, len(hierarchy.nodes)))
    for index, node in enumerate(hierarchy.nodes):
        members = list(node.members)
        figures[:, index] = (
            rows[members].sum(),
            columns[members].sum(),
            counts[members][:, members].sum(),
            hits[members].sum(),
        )
    given, predicted, inside, hit = figures
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


def _ratio(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float32]:
    ratio = np.full(len(whole), np.nan)
    np.divide(part, whole, out=ratio, where=whole > 0)
    return ratio.astype(np.float32)
