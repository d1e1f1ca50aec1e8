"""Which nodes of a tree are the superclasses.

Merging classes into groups turns confusions within a group into hits. The cut chosen gains most over what groups of the same
sizes would gain if confusions fell at random (each class keeping how often it is confused): the modularity of the confusion
network (Newman & Girvan 2004). It is a sum over groups, so the best of all cuts is found from the leaves up.
"""

from __future__ import annotations

import heapq

import numpy as np
from numpy.typing import NDArray

from datadoctor.stages.confusion import Confusion
from datadoctor.stages.hierarchy import Hierarchy
from datadoctor.stages.hierarchy.tree import children_of, with_superclasses


def superclasses_by_confusion(hierarchy: Hierarchy, confusion: Confusion) -> Hierarchy:
    """The same tree with the superclasses that gain most group recall."""
    gain = _gains(hierarchy, confusion)
    children = children_of(hierarchy)
    best = gain.copy()
    whole = np.ones(len(gain), dtype=bool)
    for node in range(len(gain) - 1, -1, -1):
        if children[node]:
            apart = float(best[children[node]].sum())
            # A cut must gain more than rounding noise to be preferred to the coarser one.
            whole[node] = apart <= gain[node] + 1e-9
            best[node] = max(apart, gain[node])
    chosen, stack = [], [0]
    while stack:
        node = stack.pop()
        if whole[node]:
            chosen.append(node)
        else:
            stack.extend(reversed(children[node]))
    return with_superclasses(hierarchy, chosen)


def superclasses_by_size(hierarchy: Hierarchy) -> Hierarchy:
    """The same tree with at least √K superclasses: the largest group is split until there are as many."""
    children = children_of(hierarchy)
    wanted = np.sqrt(len(hierarchy.classes))
    groups = [(-len(hierarchy.nodes[0].members), 0)]
    leaves: list[int] = []
    while groups and len(groups) + len(leaves) < wanted:
        _, node = heapq.heappop(groups)
        for child in children[node]:
            if children[child]:
                heapq.heappush(groups, (-len(hierarchy.nodes[child].members), child))
            else:
                leaves.append(child)
    return with_superclasses(hierarchy, sorted([node for _, node in groups] + leaves))


def _gains(hierarchy: Hierarchy, confusion: Confusion) -> NDArray[np.float64]:
    """(nodes,) float64: share of all confusion within each node, less what is expected at random."""
    flow = confusion.soft
    total = max(float(flow.sum(dtype=np.float64)), np.finfo(float).tiny)
    out, into = flow.sum(axis=1, dtype=np.float64) / total, flow.sum(axis=0, dtype=np.float64) / total
    within = flow_within(hierarchy, flow) / total
    out_of = np.array([out[list(node.members)].sum() for node in hierarchy.nodes])
    into_it = np.array([into[list(node.members)].sum() for node in hierarchy.nodes])
    return np.asarray(within - out_of * into_it)


def flow_within(hierarchy: Hierarchy, flow: NDArray[np.number]) -> NDArray[np.float64]:
    """(nodes,) float64: what flows between the members of each node, of ``flow`` (K, K); its diagonal is not counted."""
    place = np.argsort(hierarchy.order)
    ordered = flow[np.ix_(hierarchy.order, hierarchy.order)]
    within = np.zeros(len(hierarchy.nodes))
    start = [int(place[node.members[0]]) for node in hierarchy.nodes]
    stop = [begin + len(node.members) for begin, node in zip(start, hierarchy.nodes, strict=True)]
    seen = start.copy()
    # Between each child and the siblings before it; what is within the child is added from the leaves up.
    for index, node in enumerate(hierarchy.nodes[1:], start=1):
        before, own = slice(start[node.parent], seen[node.parent]), slice(start[index], stop[index])
        within[node.parent] += ordered[before, own].sum(dtype=np.float64) + ordered[own, before].sum(dtype=np.float64)
        seen[node.parent] = stop[index]
    for index in range(len(hierarchy.nodes) - 1, 0, -1):
        within[hierarchy.nodes[index].parent] += within[index]
    return within
