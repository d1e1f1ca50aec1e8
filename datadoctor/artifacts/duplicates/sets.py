"""Sets of copies that do not chain: every member was compared with the set's representative.

With links from a to b and from b to c, c joins the set of a only if a and c were themselves found to be the same picture.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

Pair = tuple[int, int]


def star_sets(
    rank: Callable[[int], tuple[object, ...]], links: Mapping[Pair, float], verify: Callable[[int, int], float | None]
) -> list[tuple[int, list[tuple[int, float]]]]:
    """Sets as (representative, [(member, score), ...]) from verified ``links`` {(a, b): score}, a < b.

    ``rank`` orders the images, the one to keep first. ``verify`` compares two images that no link joins: their score, or None
    if they are not the same picture. An image that has a link is in one set at most: in none where its partners joined another.
    """
    near: dict[int, set[int]] = {}
    for a, b in links:
        near.setdefault(a, set()).add(b)
        near.setdefault(b, set()).add(a)
    free = set(near)
    sets = []
    for keep in sorted(near, key=rank):
        if keep not in free:
            continue
        free.discard(keep)
        members = _members(keep, near, free, links, verify)
        if members:
            free -= {member for member, _ in members}
            sets.append((keep, sorted(members)))
    return sets


def _members(
    keep: int,
    near: Mapping[int, set[int]],
    free: set[int],
    links: Mapping[Pair, float],
    verify: Callable[[int, int], float | None],
) -> list[tuple[int, float]]:
    """The free images that show the same picture as ``keep``: its links, then links of links if they verify."""
    members = [(other, links[_pair(keep, other)]) for other in sorted(near[keep] & free)]
    further = _beyond([member for member, _ in members], near) & free - {member for member, _ in members} - {keep}
    for other in sorted(further):
        score = verify(keep, other)
        if score is not None:
            members.append((other, score))
    return members


def _beyond(members: Sequence[int], near: Mapping[int, set[int]]) -> set[int]:
    return set().union(*(near[member] for member in members)) if members else set()


def _pair(a: int, b: int) -> Pair:
    return (a, b) if a < b else (b, a)
