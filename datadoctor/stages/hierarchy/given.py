"""Hierarchies given by the user: a file, or folders within folders.

``class,superclass`` CSV
    One row a class; every class of the dataset once, and no other. A third column ``name`` says them in words.
``child,parent`` CSV
    Edges of any depth, a node may have several parents (WordNet). Column names start with ``child`` and ``parent``, as in
    ``child_wnid,parent_wnid``; ``child_words,parent_words`` or ``child_name,parent_name`` are names for people.
    Classes are matched by id, else by name.
JSON
    Groups within groups, ``{"animal": {"pet": ["cat", "dog"]}}``; a parent for each node, ``{"cat": "pet", "pet": "animal"}``;
    or nodes with ``children``, ``{"name": "pet", "children": [{"name": "cat"}, {"name": "dog"}]}``, where a node that has an
    ``id`` is known by it, and its ``name`` is for people.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from datadoctor.errors import DataDoctorError
from datadoctor.files import regular
from datadoctor.stages.hierarchy import Hierarchy
from datadoctor.stages.hierarchy.cut import superclasses_by_size
from datadoctor.stages.hierarchy.graph import Graph, hierarchy_of
from datadoctor.stages.hierarchy.tree import ROOT_NAME, children_of, with_superclasses
from datadoctor.tables import read_table
from datadoctor.tables.decoding import decoded


def read(path: Path, classes: tuple[str, ...]) -> Hierarchy:
    """Read the hierarchy of ``classes`` from a CSV or JSON file.

    Superclasses are those of the file when it has two levels; of a deeper tree the largest group is split until there are √K.
    Raises ``DataDoctorError`` for a file that cannot be used, naming line or entry.
    """
    graph = _from_json(path) if path.suffix.lower() == ".json" else _from_table(path)
    hierarchy = hierarchy_of(graph, classes)
    return _as_in_table(hierarchy, dict(graph.edges), graph.names) if graph.complete else _with_superclasses(hierarchy)


def from_folders(superclasses: Mapping[str, tuple[str, ...]], classes: tuple[str, ...]) -> Hierarchy:
    """The hierarchy of nested class folders: ``superclasses`` maps a class to the folders above it, nearest first."""
    edges: list[tuple[str, str]] = []
    names = {"/": ROOT_NAME}
    for name in classes:
        # Folders of the same name in different places are different groups; a final slash tells folder from class.
        above = superclasses.get(name, ())
        groups = ["/".join(reversed(above[depth:])) + "/" for depth in range(len(above))]
        names |= dict(zip(groups, above, strict=True))
        chain = [name, *groups, "/"]
        edges += pairwise(chain)
    return _with_superclasses(hierarchy_of(Graph("folders", edges, names), classes))


def _as_in_table(hierarchy: Hierarchy, group_of: Mapping[str, str], names: Mapping[str, str]) -> Hierarchy:
    """The superclasses of a table, in leaf order; one of a single class is no node of the tree, but keeps its name."""
    groups = list(dict.fromkeys(group_of[hierarchy.classes[leaf]] for leaf in hierarchy.order.tolist()))
    number = {group: index for index, group in enumerate(groups)}
    superclass_of = np.array([number[group_of[name]] for name in hierarchy.classes], dtype=np.int32)
    return replace(hierarchy, superclass_of=superclass_of, superclasses=tuple(names[group] for group in groups))


def _with_superclasses(hierarchy: Hierarchy) -> Hierarchy:
    children = children_of(hierarchy)
    two_levels = all(not children[grandchild] for child in children[0] for grandchild in children[child])
    return with_superclasses(hierarchy, children[0] or [0]) if two_levels else superclasses_by_size(hierarchy)


def _from_table(path: Path) -> Graph:
    table = read_table(path, "hierarchy").whole()
    columns = list(table.columns)
    pair = _columns(path, columns)
    named = [(column, words) for column in pair for words in _words(column) if words in columns and words != column]
    edges: list[tuple[str, str]] = []
    names: dict[str, str] = {}
    for line, row in table.rows():
        child, parent = (row[column].strip() for column in pair)
        if not child or not parent:
            raise DataDoctorError(f"{path}, line {line}: empty {pair[0]} or {pair[1]}; fill it or remove the line")
        edges.append((child, parent))
        names |= {row[column].strip(): row[words] for column, words in named if row[words]}
    if pair == ("class", "superclass"):
        return _two_levels(path, edges, names)
    return Graph(str(path), edges, names)


def _columns(path: Path, columns: list[str]) -> tuple[str, str]:
    if {"class", "superclass"} <= set(columns):
        return "class", "superclass"
    child = next((name for name in columns if name.startswith("child")), None)
    parent = next((name for name in columns if name.startswith("parent")), None)
    if child is None or parent is None:
        raise DataDoctorError(
            f"{path}: the columns are {', '.join(columns) or 'missing'}; expected class,superclass or child,parent"
        )
    return child, parent


def _words(column: str) -> tuple[str, ...]:
    side = column.split("_")[0]
    own = (f"{side}_words", f"{side}_name")
    return (*own, "name") if side in ("class", "child") else own


def _two_levels(path: Path, rows: list[tuple[str, str]], words: Mapping[str, str]) -> Graph:
    """A superclass may bear the name of one of its classes, so superclasses get ids of their own."""
    superclass: dict[str, str] = {}
    for name, group in rows:
        if superclass.setdefault(name, group) != group:
            raise DataDoctorError(
                f"{path}: class '{name}' is in '{superclass[name]}' and in '{group}'; keep one of the rows"
            )
    names = {name: words[name] for name in superclass if name in words}
    names |= {f"{group}/": words.get(group, group) for group in superclass.values()}
    edges = [(name, f"{group}/") for name, group in superclass.items()]
    return Graph(str(path), edges, names, complete=True)


def _from_json(path: Path) -> Graph:
    try:
        content = json.loads(decoded(path, regular(path).read_bytes()).text)
    except OSError as error:
        raise DataDoctorError(
            f"{path}: cannot read the hierarchy: {error.strerror or error}; check the path"
        ) from error
    except (ValueError, RecursionError) as error:
        raise DataDoctorError(f"{path}: not valid JSON: {error}; correct it") from error
    if isinstance(content, dict) and content and all(isinstance(value, str) for value in content.values()):
        return Graph(str(path), list(content.items()))
    if isinstance(content, dict) and _is_node(content):
        return _of_nodes(path, content)
    return Graph(str(path), list(_nested(path, content)))


def _is_node(content: Mapping[str, object]) -> bool:
    """A node says what it is; groups within groups may have one that is called 'children'."""
    return isinstance(content.get("children"), list) and isinstance(content.get("id", content.get("name")), str)


def _of_nodes(path: Path, root: Mapping[str, object]) -> Graph:
    """The graph of nodes that list their children."""
    edges: list[tuple[str, str]] = []
    names: dict[str, str] = {}
    stack: list[tuple[object, str]] = [(root, "")]
    while stack:
        node, parent = stack.pop()
        known = node if isinstance(node, dict) else {"name": node}
        name, children = known.get("name"), known.get("children") or []
        identity = known.get("id", name)
        if not isinstance(identity, str) or not isinstance(children, list):
            raise DataDoctorError(
                f"{path}: a node under '{parent}' has no name or no list of children; expected nodes "
                'as in {"name": "pet", "children": [{"name": "cat"}, {"name": "dog"}]}'
            )
        if parent:
            edges.append((identity, parent))
        if isinstance(name, str):
            names[identity] = name
        stack += [(child, identity) for child in reversed(children)]
    return Graph(str(path), edges, names)


def _nested(path: Path, content: object) -> Iterator[tuple[str, str]]:
    """The edges of groups within groups."""
    stack: list[tuple[object, str]] = [(content, "")]
    while stack:
        group, parent = stack.pop()
        if isinstance(group, str):
            group = [group]
        if not isinstance(group, dict | list) or not all(isinstance(name, str) for name in group):
            raise DataDoctorError(
                f"{path}: '{parent}' holds {type(group).__name__}; expected groups within groups, "
                'as in {"animal": {"pet": ["cat", "dog"]}}'
            )
        for name in group:
            if parent:
                yield name, parent
            if isinstance(group, dict):
                stack.append((group[name], name))
