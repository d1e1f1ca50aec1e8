"""The levels of a tree: cuts into ever more groups, from two to single classes."""

from __future__ import annotations

import heapq
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from datadoctor.stages.hierarchy import Hierarchy
from datadoctor.stages.hierarchy.tree import children_of


def levels_of(hierarchy: Hierarchy) -> list[NDArray[np.int32]]:
    """The group of each class at each level, coarsest first; the highest nodes are split first."""
    n_classes = len(hierarchy.classes)
    wanted = {2**power for power in range(1, n_classes.bit_length()) if 2**power < n_classes}
    levels = {len(hierarchy.superclasses): hierarchy.superclass_of} if len(hierarchy.superclasses) > 1 else {}
    children = children_of(hierarchy)
    groups = [(-hierarchy.nodes[0].height, 0)]
    while children[groups[0][1]]:
        _, node = heapq.heappop(groups)
        before = len(groups) + 1
        for child in children[node]:
            heapq.heappush(groups, (-hierarchy.nodes[child].height, child))
        if any(before < count <= len(groups) for count in wanted) and len(groups) < n_classes:
            levels.setdefault(len(groups), _assign(hierarchy, [member for _, member in groups]))
    levels[n_classes] = np.arange(n_classes, dtype=np.int32)
    return [levels[count] for count in sorted(levels)]


def _assign(hierarchy: Hierarchy, nodes: Sequence[int]) -> NDArray[np.int32]:
    group = np.zeros(len(hierarchy.classes), dtype=np.int32)
    for index, node in enumerate(sorted(nodes)):
        group[list(hierarchy.nodes[node].members)] = index
    return group
