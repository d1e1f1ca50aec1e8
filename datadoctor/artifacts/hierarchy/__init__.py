"""Hierarchy: a tree over the classes, learnt from confusions or given by the user."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray


class Relation(StrEnum):
    """How two classes lie in the tree, nearest first."""

    SAME_CLASS = "same class"
    SIBLING = "sibling"
    SAME_SUPERCLASS = "same superclass"
    CROSS_SUPERCLASS = "cross-superclass"


@dataclass(frozen=True, slots=True)
class Node:
    """A node of the tree. ``members`` are the class indices below it, in leaf order; a leaf has one.

    ``height`` in [0, 1]: 0 for leaves, 1 for the root, never below a child's. ``support`` in [0, 1]: share of bootstrap
    resamples in which the same members form a node (1 for given nodes and leaves).
    """

    name: str
    parent: int
    members: tuple[int, ...]
    height: float
    support: float


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """A tree over K classes.

    ``nodes[0]`` is the root (parent -1), parents come before their children, every class is the leaf of exactly one node.
    ``order`` (K,) int32: the classes in leaf order, for drawing. ``superclass_of`` (K,) int32: the superclass (index into
    ``superclasses``) of each class; ``superclasses`` are their names. ``origin``: 'learnt' or 'given'.
    """

    classes: tuple[str, ...]
    nodes: tuple[Node, ...]
    order: NDArray[np.int32]
    superclass_of: NDArray[np.int32]
    superclasses: tuple[str, ...]
    origin: str

    def distances(self) -> NDArray[np.float32]:
        """(K, K) float32 in [0, 1]: height of the lowest common ancestor of each two classes; 0 on the diagonal."""
        result = np.zeros((len(self.classes), len(self.classes)), dtype=np.float32)
        children: dict[int, list[int]] = {}
        for index, node in enumerate(self.nodes):
            children.setdefault(node.parent, []).append(index)
        for index, node in enumerate(self.nodes):
            below: Sequence[tuple[int, ...]] = [self.nodes[child].members for child in children.get(index, [])]
            for i, first in enumerate(below):
                for second in below[i + 1 :]:
                    result[np.ix_(first, second)] = node.height
                    result[np.ix_(second, first)] = node.height
        return result

    def parents(self) -> NDArray[np.int32]:
        """(K,) int32: the node directly above each class's leaf."""
        result = np.zeros(len(self.classes), dtype=np.int32)
        for node in self.nodes:
            if len(node.members) == 1:
                result[node.members[0]] = node.parent
        return result

    def relation(self, a: int, b: int) -> Relation:
        """How class ``a`` lies to class ``b``."""
        if a == b:
            return Relation.SAME_CLASS
        parents = self.parents()
        if parents[a] == parents[b] and parents[a] != 0:
            return Relation.SIBLING
        if self.superclass_of[a] == self.superclass_of[b]:
            return Relation.SAME_SUPERCLASS
        return Relation.CROSS_SUPERCLASS
