"""What the channels of a stage respond to: which groups of classes, and how alike classes look to them.

The response map and the correlation matrix of Alsallakh et al. 2017, "Do Convolutional Neural Networks Learn Class
Hierarchy?".
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from datadoctor.stages.class_structure import Responses
from datadoctor.stages.embeddings import Embeddings, Stage
from datadoctor.stages.hierarchy import Hierarchy

MOST_CHANNELS = 256
MOST_MEANS = 100_000
MOST_CORRELATED = 256
ALIKE = 5
CHUNK = 8192


def responses(labels: NDArray[np.int32], embeddings: Embeddings, hierarchy: Hierarchy) -> tuple[Responses, ...]:
    """The response map of each stage; classes without items are left out."""
    return tuple(_of_stage(labels, embeddings.vectors, stage, hierarchy) for stage in embeddings.stages)


def _of_stage(labels: NDArray[np.int32], vectors: NDArray[np.float32], stage: Stage, hierarchy: Hierarchy) -> Responses:
    count, means, deviation = _class_means(labels, vectors, stage, len(hierarchy.classes))
    classes = hierarchy.order[count[hierarchy.order] > 0]
    means = (means[classes] - means[classes].mean(axis=0)) / np.where(deviation > 0, deviation, 1)
    groups = hierarchy.superclass_of[classes]
    contrast = _contrast(means, groups, len(hierarchy.superclasses))
    group = contrast.argmax(axis=0)
    sensitivity = contrast[group, np.arange(len(group))]
    most = min(MOST_CHANNELS, max(1, MOST_MEANS // len(classes)))
    strongest = np.lexsort((np.arange(len(group)), -sensitivity))[:most]
    place = np.argsort([int(np.argmax(groups == g)) for g in range(len(hierarchy.superclasses))]).argsort()
    channels = strongest[np.lexsort((strongest, -sensitivity[strongest], place[group[strongest]]))]
    unit = _unit(means)
    alike, alikeness = _most_alike(unit)
    return Responses(
        stage=stage.name,
        channels=channels.astype(np.int32),
        classes=classes,
        means=means[:, channels].T.astype(np.float32),
        group=group[channels].astype(np.int32),
        sensitivity=sensitivity[channels].astype(np.float32),
        correlation=_correlation(unit, unit) if len(classes) <= MOST_CORRELATED else None,
        alike=classes[alike],
        alikeness=alikeness,
    )


def _class_means(
    labels: NDArray[np.int32], vectors: NDArray[np.float32], stage: Stage, n_classes: int
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Items per class (K,), mean response (K, channels), and standard deviation within classes (channels,)."""
    rows = np.argsort(labels, kind="stable")
    rows = rows[labels[rows] >= 0]
    count = np.bincount(labels[rows], minlength=n_classes)
    sums, squares = np.zeros((n_classes, stage.stop - stage.start)), np.zeros(stage.stop - stage.start)
    for start in range(0, len(rows), CHUNK):
        part = rows[start : start + CHUNK]
        block = np.asarray(vectors[part, stage.start : stage.stop], dtype=np.float64)
        first = np.flatnonzero(np.diff(labels[part], prepend=-1))
        sums[labels[part[first]]] += np.add.reduceat(block, first)
        squares += (block**2).sum(axis=0)
    means = sums / np.maximum(count, 1)[:, np.newaxis]
    variance = (squares - (count[:, np.newaxis] * means**2).sum(axis=0)) / max(len(rows), 1)
    return count, means, np.sqrt(np.maximum(variance, 0))


def _contrast(means: NDArray[np.float64], groups: NDArray[np.int32], n_groups: int) -> NDArray[np.float64]:
    """(groups, channels): mean over the classes of a group less the mean over the others; -inf for a group without items."""
    member = np.equal.outer(np.arange(n_groups), groups).astype(np.float64)
    size = member.sum(axis=1, keepdims=True)
    inside = member @ means / np.maximum(size, 1)
    outside = (means.sum(axis=0) - member @ means) / np.maximum(len(groups) - size, 1)
    return np.where(size > 0, inside - outside, -np.inf)


def _unit(means: NDArray[np.float64]) -> NDArray[np.float64]:
    """(k, channels): each class's means around their mean, scaled to length 1: a dot product is a correlation."""
    around = means - means.mean(axis=1, keepdims=True)
    length = np.linalg.norm(around, axis=1, keepdims=True)
    unit: NDArray[np.float64] = around / np.where(length > 0, length, 1)
    return unit


def _correlation(some: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float32]:
    correlation: NDArray[np.float32] = np.clip(some @ others.T, -1, 1).astype(np.float32)
    return correlation


def _most_alike(unit: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Per class, the places (k, a) of the others it correlates with most, most first, and the correlations."""
    many = min(ALIKE, len(unit) - 1)
    alike, alikeness = np.zeros((len(unit), many), dtype=np.int64), np.zeros((len(unit), many), dtype=np.float32)
    for start in range(0, len(unit), CHUNK // 8):
        rows = np.arange(start, min(start + CHUNK // 8, len(unit)))
        correlation = _correlation(unit[rows], unit)
        correlation[rows - start, rows] = -2  # below any: no class is like itself here
        alike[rows] = np.argsort(-correlation, axis=1, kind="stable")[:, :many]
        alikeness[rows] = np.take_along_axis(correlation, alike[rows], axis=1)
    return alike, alikeness
