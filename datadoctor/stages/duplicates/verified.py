"""Verifies candidate pairs from the most promising on, and stops where there is nothing left to find but beside copies."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from datadoctor.progress import Progress
from datadoctor.stages.duplicates.clock import Clock
from datadoctor.stages.duplicates.comparison import Comparison
from datadoctor.stages.duplicates.known import Comparing, Pair
from datadoctor.stages.duplicates.screening import PAIRS_AT_ONCE
from datadoctor.stages.duplicates.workers import workers

if TYPE_CHECKING:
    from scipy.sparse import csr_array

BLOCK = 512
BLOCKS_WITHOUT_ANY, BLOCKS_WITHOUT_ANY_BESIDE_COPIES = 6, 1


def verified(
    pairs: NDArray[np.int32], comparing: Comparing, title: str, progress: Progress, clock: Clock, size: int = BLOCK
) -> tuple[dict[Pair, Comparison], int]:
    """Of ``pairs`` (c, 2) those that are alike, one picture or one scene with something else in it; and how many were looked at.

    Stops when six blocks of ``size`` in a row hold no picture twice, and says so; of the rest it looks at what lies beside copies.
    """
    with workers() as pool, progress.stage(title, len(pairs)) as advance:

        def look(some: NDArray[np.int32], most_empty: int) -> tuple[dict[Pair, Comparison], int]:
            found: dict[Pair, Comparison] = {}
            empty = 0
            for start in range(0, len(some), size):
                block = [(a, b) for a, b in some[start : start + size].tolist()]
                alike = _alike(block, comparing, pool, clock)
                found |= alike
                advance(len(block))
                empty = 0 if any(c.same for c in alike.values()) else empty + 1
                if empty == most_empty:
                    return found, start + len(block)
            return found, len(some)

        found, looked_at = look(pairs, BLOCKS_WITHOUT_ANY)
        rest = pairs[looked_at:]
        if len(rest):
            # The rule of three: none among so many; the less promising ones hold no larger share.
            last = BLOCKS_WITHOUT_ANY * size
            progress.say(
                f"{title}: looked at the {looked_at:,} most promising of {len(pairs):,} candidate pairs; the last "
                f"{last:,} held no duplicate, so at most {round(3 * len(rest) / last):,} of the other {len(rest):,} are (95 %)"
            )
        if comparing.within:
            same = [pair for pair, comparison in found.items() if comparison.same]
            found |= look(beside_copies(rest, pairs, same), BLOCKS_WITHOUT_ANY_BESIDE_COPIES)[0]
    return found, looked_at


def beside_copies(rest: NDArray[np.int32], pairs: NDArray[np.int32], same: Sequence[Pair]) -> NDArray[np.int32]:
    """Of the ``rest`` (r, 2) of the candidate ``pairs`` those one image of which has a copy that is a candidate with the other.

    What the one copy was cropped to may be far from the third image, and what the other was cropped to near it.
    """
    if not same or not len(rest):
        return rest[:0]
    n = int(pairs.max()) + 1
    candidates, copies = _joined(pairs, n), _joined(np.array(same, np.int32), n)
    reached = copies @ candidates
    a, b = rest.T
    closes = np.asarray(reached[a, b]).ravel() + np.asarray(reached[b, a]).ravel()
    return np.asarray(rest[closes > 0])


def _joined(pairs: NDArray[np.int32], n: int) -> csr_array:
    from scipy.sparse import csr_array

    (a, b), ones = pairs.T, np.ones(2 * len(pairs), np.int32)
    return csr_array((ones, (np.concatenate([a, b]), np.concatenate([b, a]))), shape=(n, n))


def _alike(block: list[Pair], comparing: Comparing, pool: ThreadPoolExecutor, clock: Clock) -> dict[Pair, Comparison]:
    """First a cheap look at all of them, many at once, then a thorough one at those that may be one picture."""
    with clock("pairs looked at", len(block)):
        # Those looked at at once have about as many features: all take as long as the one that has most.
        order = np.argsort([*pool.map(comparing.richness, block)], kind="stable")
        parts = [
            [block[i] for i in order[start : start + PAIRS_AT_ONCE]] for start in range(0, len(block), PAIRS_AT_ONCE)
        ]
        passed = np.empty(len(block), bool)
        passed[order] = np.concatenate([*pool.map(comparing.screen, parts)])
    worth = [pair for pair, passes in zip(block, passed.tolist(), strict=True) if passes]
    with clock("compared", len(worth)):
        compared = list(pool.map(comparing, worth))
    return {pair: c for pair, c in zip(worth, compared, strict=True) if c.same or c.same_scene}
