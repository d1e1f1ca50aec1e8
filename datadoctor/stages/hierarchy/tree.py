"""From children and parents to the nodes of a hierarchy, in one order: root first, parents before children."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from datadoctor.stages.hierarchy import Hierarchy, Node

ROOT_NAME = "all classes"


@dataclass(frozen=True, slots=True)
class Sketch:
    """A tree before its nodes are put in order: node ids are any integers.

    ``children`` of each inner node, in drawing order; ``class_of`` the class of each leaf. ``names``, ``heights`` and
    ``supports`` of inner nodes; what is absent gets the default: members as name, support 1.
    """

    root: int
    children: Mapping[int, Sequence[int]]
    class_of: Mapping[int, int]
    heights: Mapping[int, float]
    names: Mapping[int, str]
    supports: Mapping[int, float]


def assemble(sketch: Sketch, classes: tuple[str, ...], origin: str, notes: tuple[str, ...] = ()) -> Hierarchy:
    """The hierarchy of a sketch, with one superclass until it is cut; nodes with a single child are left out."""
    sequence, parent_of = _depth_first(sketch)
    order = [sketch.class_of[node] for node in sequence if node in sketch.class_of]
    span = _spans(sketch, sequence, parent_of)
    position = {node: i for i, node in enumerate(sequence)}
    top = sketch.heights.get(sequence[0], 0.0) or 1.0
    nodes = []
    for node in sequence:
        members = tuple(order[slice(*span[node])])
        leaf = node in sketch.class_of
        name = classes[members[0]] if leaf else sketch.names.get(node, "")
        parent = position[parent_of[node]] if node in parent_of else -1
        height = 0.0 if leaf else sketch.heights[node] / top
        nodes.append(Node(name, parent, members, height, 1.0 if leaf else sketch.supports.get(node, 1.0)))
    nodes[0] = replace(nodes[0], name=nodes[0].name or ROOT_NAME, support=1.0)
    superclass_of = np.zeros(len(classes), dtype=np.int32)
    return Hierarchy(
        classes, tuple(nodes), np.array(order, dtype=np.int32), superclass_of, (nodes[0].name,), origin, notes
    )


def with_superclasses(hierarchy: Hierarchy, chosen: Sequence[int]) -> Hierarchy:
    """The same tree with the chosen nodes as superclasses; each class must lie under exactly one of them."""
    superclass_of = np.full(len(hierarchy.classes), -1, dtype=np.int32)
    for index, node in enumerate(chosen):
        superclass_of[list(hierarchy.nodes[node].members)] = index
    names = tuple(title(hierarchy, hierarchy.nodes[i]) for i in chosen)
    return replace(hierarchy, superclass_of=superclass_of, superclasses=names)


def title(hierarchy: Hierarchy, node: Node) -> str:
    """The name of a node for people: that of a single class may be an id, and is said in words then."""
    return hierarchy.called(node.members[0]) if len(node.members) == 1 else node.name


def children_of(hierarchy: Hierarchy) -> list[list[int]]:
    """Per node, the nodes directly below it, in leaf order."""
    children: list[list[int]] = [[] for _ in hierarchy.nodes]
    for index, node in enumerate(hierarchy.nodes[1:], start=1):
        children[node.parent].append(index)
    return children


def _depth_first(sketch: Sketch) -> tuple[list[int], dict[int, int]]:
    """Nodes from the root down, children in order, and the parent of each; single children take their parent's place."""
    sequence: list[int] = []
    parent_of: dict[int, int] = {}
    stack: list[tuple[int, int | None]] = [(sketch.root, None)]
    while stack:
        node, parent = stack.pop()
        while len(sketch.children.get(node, ())) == 1:
            node = sketch.children[node][0]
        sequence.append(node)
        if parent is not None:
            parent_of[node] = parent
        stack.extend((child, node) for child in reversed(sketch.children.get(node, ())))
    return sequence, parent_of


def _spans(sketch: Sketch, sequence: Sequence[int], parent_of: Mapping[int, int]) -> dict[int, tuple[int, int]]:
    """Per node, the slice of the leaf order below it."""
    size = dict.fromkeys(sequence, 0)
    for node in reversed(sequence):
        size[node] += node in sketch.class_of
        if node in parent_of:
            size[parent_of[node]] += size[node]
    spans: dict[int, tuple[int, int]] = {}
    seen = 0
    for node in sequence:
        spans[node] = (seen, seen + size[node])
        seen += node in sketch.class_of
    return spans
