"""A split that parts no recording, and whose parts are about as large as before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from datadoctor.stages.sequences import Sequences


def grouped_split(splits: Sequence[str], found: Sequences) -> list[str]:
    """For n images the split of each: images of no sequence stay, sequences go as a whole, the largest first.

    A sequence goes where there is most room for it, of splits with equal room to the one that has most of its frames.
    """
    wanted = Counter(splits)
    rows: dict[int, list[int]] = {}
    for row, number in enumerate(found.ids.tolist()):
        rows.setdefault(number, []).append(row)
    proposed = list(splits)
    room = Counter(wanted)
    room.subtract(Counter(splits[row] for row in rows.pop(-1, [])))
    for members in sorted(rows.values(), key=lambda members: (-len(members), members)):
        held = Counter(splits[row] for row in members)
        best = max(sorted(wanted), key=lambda name: (min(room[name], len(members)), held[name]))
        for row in members:
            proposed[row] = best
        room[best] -= len(members)
    return proposed
