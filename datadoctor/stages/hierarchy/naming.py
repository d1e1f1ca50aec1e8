"""Names for learnt groups: those of the given hierarchy where they match, else their most typical members."""

from __future__ import annotations

from dataclasses import replace

from datadoctor.stages.hierarchy import Hierarchy, Node
from datadoctor.stages.hierarchy.tree import title

MATCH = 0.5  # Jaccard index: a majority of the classes in either group are in both
NAMED_MEMBERS = 3


def named(hierarchy: Hierarchy, given: Hierarchy | None) -> Hierarchy:
    """The same tree with a name for each inner node but the root, and for each superclass; classes in words as in the given."""
    if given:
        hierarchy = replace(hierarchy, names=given.names)
    known = _Known(given) if given else None
    nodes = list(hierarchy.nodes)
    for index, node in enumerate(nodes[1:], start=1):
        if len(node.members) > 1:
            nodes[index] = replace(node, name=(known.name(node) if known else "") or _of_members(node, hierarchy))
    by_members = {node.members: title(hierarchy, node) for node in nodes}
    groups: list[list[int]] = [[] for _ in hierarchy.superclasses]
    for leaf in hierarchy.order.tolist():
        groups[hierarchy.superclass_of[leaf]].append(leaf)
    return replace(hierarchy, nodes=tuple(nodes), superclasses=tuple(by_members[tuple(group)] for group in groups))


def _of_members(node: Node, hierarchy: Hierarchy) -> str:
    first = [hierarchy.classes[member] for member in node.members[:NAMED_MEMBERS]]
    shown = ", ".join(hierarchy.class_words.get(name, name) for name in first)
    more = len(node.members) - NAMED_MEMBERS
    return f"{shown} + {more} more" if more > 0 else shown


class _Known:
    """The nodes of a given hierarchy, found by their members."""

    def __init__(self, given: Hierarchy) -> None:
        self._groups = [(node.name, frozenset(node.members)) for node in given.nodes[1:] if len(node.members) > 1]
        self._holding: dict[int, list[int]] = {}
        for index, (_, members) in enumerate(self._groups):
            for member in members:
                self._holding.setdefault(member, []).append(index)

    def name(self, node: Node) -> str:
        """The name of the best matching given group, the smaller of equals; '' where none matches."""
        members = frozenset(node.members)
        candidates = {index for member in members for index in self._holding.get(member, ())}
        score, _, index = max(((self._jaccard(members, i), -i, i) for i in candidates), default=(0.0, 0, 0))
        return self._groups[index][0] if score > MATCH else ""

    def _jaccard(self, members: frozenset[int], index: int) -> float:
        group = self._groups[index][1]
        return len(members & group) / len(members | group)
