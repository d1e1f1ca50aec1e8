"""A hierarchy learnt from confusions: average linkage, bootstrap support, the superclass cut.

Average linkage (UPGMA, Sokal & Michener 1958) of the dissimilarities in ``similarity.py``; leaves ordered as by Bar-Joseph,
Gifford & Jaakkola 2001; nodes that come back in fewer than half of the resamples are collapsed into their parents, as in a
majority-rule consensus (Felsenstein 1985).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import linkage, optimal_leaf_ordering
from scipy.spatial.distance import squareform

from datadoctor.artifacts.confusion import Confusion
from datadoctor.artifacts.hierarchy import Hierarchy, naming
from datadoctor.artifacts.hierarchy.cut import superclasses_by_confusion
from datadoctor.artifacts.hierarchy.resampling import resampled_soft
from datadoctor.artifacts.hierarchy.similarity import dissimilarity
from datadoctor.artifacts.hierarchy.tree import Sketch, assemble
from datadoctor.errors import NotAvailableError

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
    of the nodes. Raises ``NotAvailableError`` for fewer than two classes.
    """
    if len(classes) < 2:
        raise NotAvailableError("a hierarchy needs at least two classes")
    notes: list[str] = []
    distances = dissimilarity(confusion.soft, confusion.n_given)
    merges = _linkage(distances)
    if len(classes) <= ORDERED_UP_TO:
        merges = optimal_leaf_ordering(merges, squareform(distances, checks=False))
    else:
        notes.append(f"leaves are in the order of merging: more than {ORDERED_UP_TO} classes")
    support, resamples = _support(merges, confusion, labels, probabilities, seed)
    if not resamples:
        notes.append("support was not assessed and no node collapsed: too many classes to resample")
    tree = assemble(_sketch(merges, support, collapse=resamples > 0), classes, "learnt", tuple(notes))
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
) -> tuple[dict[int, float], int]:
    """Per merge, the share of resamples in which its members form a node; and how many resamples there were."""
    n_classes = len(confusion.n_given)
    found = dict.fromkeys(_clades(merges), 0)
    resamples = 0
    for soft in resampled_soft(labels, probabilities, seed):
        resamples += 1
        for clade in _clades(_linkage(dissimilarity(soft, confusion.n_given))):
            if clade in found:
                found[clade] += 1
    shares = (found[clade] / max(resamples, 1) for clade in _clades(merges))
    return {n_classes + step: share for step, share in enumerate(shares)}, resamples


def _clades(merges: NDArray[np.float64]) -> list[int]:
    """Per merge, its members as the bits of a number."""
    n_classes = len(merges) + 1
    members = [1 << leaf for leaf in range(n_classes)]
    for left, right in merges[:, :2].astype(int).tolist():
        members.append(members[left] | members[right])
    return members[n_classes:]


def _sketch(merges: NDArray[np.float64], support: dict[int, float], *, collapse: bool) -> Sketch:
    n_classes = len(merges) + 1
    root = 2 * n_classes - 2
    pairs = {n_classes + step: [int(left), int(right)] for step, (left, right) in enumerate(merges[:, :2])}
    heights = {n_classes + step: float(height) for step, height in enumerate(merges[:, 2])}
    children: dict[int, list[int]] = {}
    for node, pair in pairs.items():  # children first, so what a weak child holds is known by then
        weak = {child for child in pair if collapse and child in pairs and support[child] < MAJORITY}
        children[node] = [below for child in pair for below in (children.pop(child) if child in weak else [child])]
    kept = {node: support[node] for node in children}
    return Sketch(root, children, {leaf: leaf for leaf in range(n_classes)}, heights, {}, kept)
