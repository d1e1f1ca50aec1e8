"""Sets of copies that do not chain: every member was compared with the set's representative.

With links from a to b and from b to c, c joins the set of a only if a and c were themselves found to be the same picture. The
surest links come first, so that a doubtful one cannot take the members of a set away from each other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

Pair = tuple[int, int]


def star_sets(
    rank: Callable[[int], tuple[object, ...]], links: Mapping[Pair, float], verify: Callable[[int, int], float | None]
) -> list[tuple[int, list[tuple[int, float]]]]:
    """Sets as (representative, [(member, score), ...]) from verified ``links`` {(a, b): score}, a < b.

    ``rank`` orders the images, the one to keep first. ``verify`` compares two images that no link joins: their score, or None
    if they are not the same picture. An image is in one set at most: in none where its partners joined sets without it.
    """
    known: dict[Pair, float | None] = dict(links)

    def score(a: int, b: int) -> float | None:
        pair = (min(a, b), max(a, b))
        if pair not in known:
            known[pair] = verify(*pair)
        return known[pair]

    ranks = {image: rank(image) for pair in links for image in pair}
    # The representative is the first member of each set.
    set_of = {image: [image] for image in ranks}
    for a, b in sorted(links, key=lambda pair: (-links[pair], pair)):
        if set_of[a] is set_of[b]:
            continue
        joined, other = sorted((set_of[a], set_of[b]), key=lambda members: ranks[members[0]])
        if all(score(joined[0], member) is not None for member in other):
            joined += other
            set_of |= dict.fromkeys(other, joined)
    kept = sorted((members for image, members in set_of.items() if image == members[0]), key=lambda m: ranks[m[0]])
    return [
        (keep, [(member, value) for member in sorted(others) if (value := score(keep, member)) is not None])
        for keep, *others in kept
        if others
    ]
