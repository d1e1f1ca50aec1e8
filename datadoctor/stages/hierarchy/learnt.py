"""A hierarchy learnt from confusions: average linkage, bootstrap support, the superclass cut.

Average linkage (UPGMA, Sokal & Michener 1958) of the dissimilarities in ``similarity.py``; leaves ordered as by Bar-Joseph,
Gifford & Jaakkola 2001; nodes with a bootstrap support below one half are collapsed into their parents, as in a majority-rule
consensus.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import linkage, optimal_leaf_ordering
from scipy.spatial.distance import squareform

from datadoctor.errors import NotApplicableError
from datadoctor.stages.confusion import Confusion
from datadoctor.stages.hierarchy import Hierarchy, naming
from datadoctor.stages.hierarchy.cut import superclasses_by_confusion
from datadoctor.stages.hierarchy.resampling import resampled_soft
from datadoctor.stages.hierarchy.similarity import dissimilarity
from datadoctor.stages.hierarchy.tree import Sketch, assemble

MAJORITY = 0.5
ORDERED_UP_TO = 1000  # classes: optimal leaf ordering takes time cubic in their number


def learn(
    confusion: Confusion,
    labels: NDArray[np.int32],
    probabilities: NDArray[np.float32],
    classes: tuple[str, ...],
    given: Hierarchy | None = None,
    seed: int = 0,
) -> Hierarchy:
    """Learn the tree over ``classes``; groups are named after nodes of ``given`` where they match.

    ``labels`` (n,) and ``probabilities`` (n, K) are those ``confusion`` was estimated from; they are resampled for the support
    of the nodes. Raises ``NotApplicableError`` for fewer than two classes.
    """
    if len(classes) < 2:
        raise NotApplicableError("a hierarchy needs at least two classes")
    notes: list[str] = []
    distances = dissimilarity(confusion.soft, confusion.n_given)
    merges = _linkage(distances)
    if len(classes) <= ORDERED_UP_TO:
        merges = optimal_leaf_ordering(merges, squareform(distances, checks=False))
    else:
        notes.append(f"leaves are in the order of merging: more than {ORDERED_UP_TO} classes")
    support = _support(merges, confusion, labels, probabilities, seed)
    if support is None:
        notes.append("support was not assessed and no node collapsed: too many classes to resample")
    tree = assemble(_sketch(merges, support), classes, "learnt", tuple(notes))
    return naming.named(superclasses_by_confusion(tree, confusion), given)


def _linkage(distances: NDArray[np.float32]) -> NDArray[np.float64]:
    merges: NDArray[np.float64] = linkage(squareform(distances, checks=False), method="average")
    return merges


def _support(
    merges: NDArray[np.float64],
    confusion: Confusion,
    labels: NDArray[np.int32],
    probabilities: NDArray[np.float32],
    seed: int,
) -> NDArray[np.float64] | None:
    """Per merge, the mean share of its members that need not move to make it a node of a resample; None: not assessed.

    The transfer bootstrap (Lemoine et al. 2018): a group of m whose nearest node in the resampled tree has t members more or
    less is supported by 1 - t / (m - 1), so that one restless class does not hide a group of fifty.
    """
    groups = _sums(merges, np.eye(len(merges) + 1, dtype=np.float32))
    stay = np.zeros(len(groups))
    resamples = 0
    for soft in resampled_soft(labels, probabilities, seed):
        stay += _stay(groups, _linkage(dissimilarity(soft, confusion.n_given)))
        resamples += 1
    return stay / resamples if resamples else None


def _stay(groups: NDArray[np.float32], merges: NDArray[np.float64]) -> NDArray[np.float32]:
    """Per group (row of 0 and 1 by class), the share of its members that stay together in another tree, in [0, 1]."""
    size, of_other = groups.sum(axis=1), merges[:, 3].astype(np.float32)
    shared = _sums(merges, np.ascontiguousarray(groups.T))  # no product of K x K matrices: time grows with K², not K³
    differ = (of_other[:, np.newaxis] - 2 * shared).min(axis=0) + size
    stay: NDArray[np.float32] = np.maximum(1 - differ / (size - 1), 0)
    return stay


def _sums(merges: NDArray[np.float64], of_class: NDArray[np.float32]) -> NDArray[np.float32]:
    """(merges, m): the sum of ``of_class`` (K, m) over the members of each merge."""
    n_classes = len(of_class)
    sums = np.empty((2 * n_classes - 1, of_class.shape[1]), dtype=np.float32)
    sums[:n_classes] = of_class
    for step, (left, right) in enumerate(merges[:, :2].astype(int).tolist(), start=n_classes):
        np.add(sums[left], sums[right], out=sums[step])
    return sums[n_classes:]


def _sketch(merges: NDArray[np.float64], support: NDArray[np.float64] | None) -> Sketch:
    n_classes = len(merges) + 1
    root = 2 * n_classes - 2
    pairs = {n_classes + step: [int(left), int(right)] for step, (left, right) in enumerate(merges[:, :2])}
    heights = {n_classes + step: float(height) for step, height in enumerate(merges[:, 2])}
    supports = {} if support is None else {n_classes + step: float(share) for step, share in enumerate(support)}
    children: dict[int, list[int]] = {}
    for node, pair in pairs.items():  # children first, so what a weak child holds is known by then
        weak = {child for child in pair if child in supports and supports[child] < MAJORITY}
        children[node] = [below for child in pair for below in (children.pop(child) if child in weak else [child])]
    leaves = {leaf: leaf for leaf in range(n_classes)}
    return Sketch(root, children, leaves, heights, {}, supports or dict.fromkeys(children, 0.0))
