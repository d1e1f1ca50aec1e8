"""Hierarchy: a tree over the classes, learnt from confusions or given by the user."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

import numpy as np
from numpy.typing import NDArray


class Relation(StrEnum):
    """How two classes lie in the tree, nearest first."""

    SAME_CLASS = "same class"
    SIBLING = "sibling"
    SAME_SUPERCLASS = "same superclass"
    CROSS_SUPERCLASS = "cross-superclass"


RELATIONS = tuple(Relation)


def class_words(classes: Sequence[str], names: Sequence[str]) -> dict[str, str]:
    """The first name of those classes that have one besides their id, by id: 'goldfish'; ``names`` as in ``Hierarchy``."""
    words = zip(classes, (name.split(",")[0] for name in names), strict=True) if names else ()
    return {class_id: word for class_id, word in words if word and word != class_id}


def with_ids(words: Mapping[str, str]) -> dict[str, str]:
    """What people call classes, unmistakably: ``words`` by id, each with the id behind it: 'goldfish (n01443537)'."""
    return {class_id: f"{word} ({class_id})" for class_id, word in words.items()}


@dataclass(frozen=True, slots=True)
class Node:
    """A node of the tree. ``members`` are the class indices below it, in leaf order; a leaf has one.

    ``height`` in [0, 1]: 0 for leaves, 1 for the root, never below a child's. ``support`` in [0, 1]: share of
    the members that stay together when items are resampled (1 for given nodes, leaves and the root; 0 where not assessed).
    """

    name: str
    parent: int
    members: tuple[int, ...]
    height: float
    support: float


@dataclass(frozen=True)
class Hierarchy:
    """A tree over K classes.

    ``nodes[0]`` is the root (parent -1), parents come before their children, every class is the leaf of exactly one node.
    ``order`` (K,) int32: the classes in leaf order, for drawing. ``superclass_of`` (K,) int32: the superclass (index into
    ``superclasses``) of each class; ``superclasses`` are their names. ``origin``: 'learnt' or 'given'. ``notes`` say what was
    left out or decided on the way, in words. ``overlapping``: further groups of a given graph in which nodes have several
    parents (their own parent is -1): they cross the tree, and bring their members nearer to each other. ``names``: the classes
    in words, in their order, where ``classes`` are ids (WordNet); () where nothing else is known.
    """

    classes: tuple[str, ...]
    nodes: tuple[Node, ...]
    order: NDArray[np.int32]
    superclass_of: NDArray[np.int32]
    superclasses: tuple[str, ...]
    origin: str
    notes: tuple[str, ...] = ()
    overlapping: tuple[Node, ...] = ()
    names: tuple[str, ...] = ()

    def called(self, index: int) -> str:
        """The class for people: its id, behind its first name where there is one: 'goldfish (n01443537)'."""
        return self.class_names.get(self.classes[index], self.classes[index])

    @cached_property
    def class_words(self) -> dict[str, str]:
        """The first name of those classes that have one besides their id, by id: 'goldfish'."""
        return class_words(self.classes, self.names)

    @cached_property
    def class_names(self) -> dict[str, str]:
        """What people call those classes that have a name besides their id, by id: 'goldfish (n01443537)'."""
        return with_ids(self.class_words)

    @cached_property
    def parents(self) -> NDArray[np.int32]:
        """(K,) int32: the node directly above each class's leaf; 0 for all of a tree that is a single leaf."""
        result = np.zeros(len(self.classes), dtype=np.int32)
        for node in self.nodes[1:]:
            if len(node.members) == 1:
                result[node.members[0]] = node.parent
        return result

    def distances(self) -> NDArray[np.float32]:
        """(K, K) float32 in [0, 1]: height of the lowest common ancestor of each two classes; 0 on the diagonal.

        Where groups overlap the tree, the lowest of all common ancestors counts.
        """
        result = np.zeros((len(self.classes), len(self.classes)), dtype=np.float32)
        place = np.empty(len(self.classes), dtype=np.int64)
        place[self.order] = np.arange(len(self.classes))
        end = [int(place[node.members[0]]) for node in self.nodes]
        # Children come in leaf order: each meets those of its siblings that were seen before it.
        for node in self.nodes[1:]:
            start, stop = int(place[node.members[0]]), int(place[node.members[-1]]) + 1
            first = int(place[self.nodes[node.parent].members[0]])
            result[first : end[node.parent], start:stop] = self.nodes[node.parent].height
            result[start:stop, first : end[node.parent]] = self.nodes[node.parent].height
            end[node.parent] = stop
        result = result[np.ix_(place, place)]
        for group in self.overlapping:
            cells = np.ix_(group.members, group.members)
            result[cells] = np.minimum(result[cells], group.height)
        return result

    def relations(self, a: NDArray[np.integer], b: NDArray[np.integer]) -> NDArray[np.int8]:
        """How classes ``a`` lie to classes ``b``, both (m,): (m,) int8 index into ``RELATIONS``, larger is farther."""
        parents = self.parents
        codes = np.where(self.superclass_of[a] == self.superclass_of[b], 2, 3)
        codes[(parents[a] == parents[b]) & (parents[a] != 0)] = 1
        codes[a == b] = 0
        return codes.astype(np.int8)

    def relation(self, a: int, b: int) -> Relation:
        """How class ``a`` lies to class ``b``."""
        return RELATIONS[int(self.relations(np.array([a]), np.array([b]))[0])]
