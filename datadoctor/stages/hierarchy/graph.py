"""From edges child -> parent, where a node may have several parents, to a hierarchy over the classes of a dataset."""

from __future__ import annotations

import difflib
import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from datadoctor.errors import DataDoctorError
from datadoctor.stages.hierarchy import Hierarchy, Node
from datadoctor.stages.hierarchy.tree import ROOT_NAME, Sketch, assemble

SHOWN = 5


@dataclass(frozen=True, slots=True)
class Graph:
    """Is-a edges (child, parent) between node ids, in the order of the file; ``names`` of ids for people.

    ``source`` names where it was read, for messages. ``complete``: every leaf must be a class of the dataset.
    """

    source: str
    edges: Sequence[tuple[str, str]]
    names: Mapping[str, str] = field(default_factory=dict)
    complete: bool = False


def hierarchy_of(graph: Graph, classes: tuple[str, ...]) -> Hierarchy:
    """The tree over the classes, and the groups of the graph that cross it.

    Of several parents the primary one is that with the fewest classes besides the node's own (the closest relatives), among
    equals one that is not above the others; a parent that brings no relatives comes last. Branches without classes are left
    out.
    The height of a group of m among K classes is ln m / ln K: one minus its information content (Seco, Veale & Hayes 2004).
    Raises ``DataDoctorError`` for a cycle, and for classes that the graph or the dataset lacks.
    """
    parents = _parents(graph)
    order = _children_first(graph, parents)
    node_of = _match(graph, classes, parents)
    members = _members(order, parents, node_of)
    notes = _strangers(graph, parents, members)
    order = [node for node in order if node in members]
    tree = assemble(_sketch(graph, order, parents, node_of, members), classes, "given", notes)
    return replace(tree, overlapping=_overlapping(graph, members, tree), names=_names(graph, classes, node_of))


def height(size: int, n_classes: int) -> float:
    """Height in [0, 1] of a group of ``size`` among ``n_classes`` classes."""
    return math.log(size) / math.log(n_classes) if n_classes > 1 else 0.0


def _parents(graph: Graph) -> dict[str, list[str]]:
    parents: dict[str, list[str]] = {}
    for child, parent in graph.edges:
        above = parents.setdefault(child, [])
        parents.setdefault(parent, [])
        if parent not in above:
            above.append(parent)
    return parents


def _children_first(graph: Graph, parents: Mapping[str, list[str]]) -> list[str]:
    """Every node after all its children (Kahn 1962); what remains holds a cycle."""
    waiting = dict.fromkeys(parents, 0)
    for above in parents.values():
        for parent in above:
            waiting[parent] += 1
    ready = [node for node, children in waiting.items() if not children]
    for node in ready:
        for parent in parents[node]:
            waiting[parent] -= 1
            if not waiting[parent]:
                ready.append(parent)
    if len(ready) < len(parents):
        raise DataDoctorError(
            f"{graph.source}: a cycle: {_cycle(graph, parents, set(ready))}; remove one of these edges"
        )
    return ready


def _cycle(graph: Graph, parents: Mapping[str, list[str]], outside: set[str]) -> str:
    # Walking up from a node that waits for itself must come back to a node already seen.
    node = next(node for node in parents if node not in outside and any(p not in outside for p in parents[node]))
    path: list[str] = []
    while node not in path:
        path.append(node)
        node = next((p for p in parents[node] if p not in outside and _leads_back(p, parents, outside)), path[0])
    return " -> ".join(graph.names.get(step, step) for step in [*path[path.index(node) :], node])


def _leads_back(node: str, parents: Mapping[str, list[str]], outside: set[str]) -> bool:
    seen, stack = set(), [node]
    while stack:
        for parent in parents[stack.pop()]:
            if parent == node:
                return True
            if parent not in seen and parent not in outside:
                seen.add(parent)
                stack.append(parent)
    return False


def _match(graph: Graph, classes: tuple[str, ...], parents: Mapping[str, list[str]]) -> dict[str, int]:
    """The node of each class: the one with that id, else the only one with that name or first synonym."""
    called: dict[str, set[str]] = defaultdict(set)
    for node, name in graph.names.items():
        if node in parents and not graph.complete:  # a table names its classes, only its groups have names beside ids
            called[name].add(node)
            called[name.split(",")[0]].add(node)
    node_of: dict[str, int] = {}
    missing = []
    for index, name in enumerate(classes):
        node = name if name in parents else next(iter(called[name])) if len(called[name]) == 1 else ""
        if node and node not in node_of:
            node_of[node] = index
        else:
            missing.append(name)
    if missing:
        raise DataDoctorError(_missing(graph, missing, [*parents, *graph.names.values()]))
    return node_of


def _missing(graph: Graph, missing: Sequence[str], known: Sequence[str]) -> str:
    named = ", ".join(f"'{name}'" + _like(name, known) for name in missing[:SHOWN])
    more = f" and {len(missing) - SHOWN} more" if len(missing) > SHOWN else ""
    return f"{graph.source}: classes of the dataset that are not in it: {named}{more}; add them, each once"


def _like(name: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.8)
    return f" (there is '{near[0]}')" if near and near[0] != name else ""


def _names(graph: Graph, classes: tuple[str, ...], node_of: Mapping[str, int]) -> tuple[str, ...]:
    """The classes in words, () where no class has a name besides its id."""
    named = {index: graph.names.get(node, node) for node, index in node_of.items()}
    names = tuple(named[index] for index in range(len(classes)))
    return () if names == classes else names


def _members(
    order: Sequence[str], parents: Mapping[str, list[str]], node_of: Mapping[str, int]
) -> dict[str, frozenset[int]]:
    """The classes under each node that has any."""
    below: dict[str, set[int]] = defaultdict(set)
    for node in order:
        if node in node_of:
            below[node].add(node_of[node])
        if node in below:
            for parent in parents[node]:
                below[parent] |= below[node]
    return {node: frozenset(classes) for node, classes in below.items()}


def _strangers(
    graph: Graph, parents: Mapping[str, list[str]], members: Mapping[str, frozenset[int]]
) -> tuple[str, ...]:
    inner = {parent for above in parents.values() for parent in above}
    unknown = [node for node in parents if node not in inner and node not in members]
    if not unknown:
        return ()
    shown = ", ".join(f"'{graph.names.get(node, node)}'" for node in unknown[:SHOWN])
    more = f" and {len(unknown) - SHOWN} more" if len(unknown) > SHOWN else ""
    if graph.complete:
        raise DataDoctorError(
            f"{graph.source}: classes that the dataset does not have: {shown}{more}; remove or rename them"
        )
    return (f"{len(unknown)} classes of the given hierarchy are not in the dataset: {shown}{more}",)


def _primary(
    node: str, parents: Sequence[str], members: Mapping[str, frozenset[int]], position: Mapping[str, int]
) -> str:
    own = len(members[node])
    return min(parents, key=lambda above: (len(members[above]) == own, len(members[above]), position[above]))


def _sketch(
    graph: Graph,
    order: Sequence[str],
    parents: Mapping[str, Sequence[str]],
    node_of: Mapping[str, int],
    members: Mapping[str, frozenset[int]],
) -> Sketch:
    """The tree of primary parents; a class that is a group too becomes a leaf of that group. ``order``: children first."""
    n_classes = len(node_of)
    position = {node: index for index, node in enumerate(order)}
    root = n_classes + len(order)
    children: dict[int, list[int]] = defaultdict(list)
    for node in order:
        number = n_classes + position[node]
        if node in node_of:
            children[number].append(node_of[node])
        if number in children:  # else its classes all hang under other primary parents
            above = n_classes + position[_primary(node, parents[node], members, position)] if parents[node] else root
            children[above].append(number)
    names = {n_classes + index: graph.names.get(node, node) for node, index in position.items()} | {root: ROOT_NAME}
    heights = {n_classes + index: height(len(members[node]), n_classes) for node, index in position.items()} | {
        root: 1.0
    }
    return Sketch(root, children, {leaf: leaf for leaf in range(n_classes)}, heights, names, {})


def _overlapping(graph: Graph, members: Mapping[str, frozenset[int]], tree: Hierarchy) -> tuple[Node, ...]:
    """The groups that are no node of the tree, because some of their classes hang elsewhere; smallest first."""
    in_tree = {frozenset(node.members) for node in tree.nodes}
    groups = {group: node for node, group in members.items() if group not in in_tree}
    return tuple(
        Node(graph.names.get(node, node), -1, tuple(sorted(group)), height(len(group), len(tree.classes)), 1.0)
        for group, node in sorted(groups.items(), key=lambda entry: (len(entry[0]), sorted(entry[0])))
    )
