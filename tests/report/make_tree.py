"""A three-level class tree for synthetic runs."""

from __future__ import annotations

from typing import Any

from datadoctor.run import HIERARCHY_SCHEMA


def trees(names: list[str]) -> dict[str, Any]:
    """The content of ``hierarchy.json``: a given tree in use, beside a learnt one in another order."""
    if len(names) < 2:
        return {"schema": HIERARCHY_SCHEMA, "used": None, "learnt": None}
    return {"schema": HIERARCHY_SCHEMA, "used": _tree(names, 3, "given"), "learnt": _tree(names, 4, "learnt")}


def _tree(names: list[str], size: int, origin: str) -> dict[str, Any]:
    k = len(names)
    groups = [list(range(i, min(i + size, k))) for i in range(0, k, size)]
    width = max(2, round(len(groups) ** 0.5))
    supers = [groups[i : i + width] for i in range(0, len(groups), width)]
    nodes: list[dict[str, Any]] = [_node("all classes", -1, list(range(k)), 1.0)]
    for s, several in enumerate(supers):
        nodes.append(_node(f"superclass {s}", 0, [m for group in several for m in group], 0.7))
        above = len(nodes) - 1
        for g, group in enumerate(several):
            nodes.append(_node(f"group {s}.{g}", above, group, 0.3))
            parent = len(nodes) - 1
            nodes += [_node(names[m], parent, [m], 0.0) for m in group]
    superclass = [s for s, several in enumerate(supers) for group in several for _ in group]
    return {
        "origin": origin, "classes": names, "nodes": nodes, "order": list(range(k)), "superclass_of": superclass,
        "superclasses": [f"superclass {s}" for s in range(len(supers))], "names": [], "notes": [], "overlapping": [],
    }  # fmt: skip


def _node(name: str, parent: int, members: list[int], height: float) -> dict[str, Any]:
    return {"name": name, "parent": parent, "members": members, "height": height, "support": 0.9 if height else 1.0}
