"""Verifies candidate pairs from the most promising on, and stops where there is nothing left to find."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from datadoctor.progress import Progress
from datadoctor.stages.duplicates.clock import Clock
from datadoctor.stages.duplicates.comparison import Comparison
from datadoctor.stages.duplicates.known import Comparing, Pair
from datadoctor.stages.duplicates.screening import PAIRS_AT_ONCE
from datadoctor.stages.duplicates.workers import workers

BLOCK = 512
BLOCKS_WITHOUT_ANY = 6


def verified(
    pairs: NDArray[np.int32], comparing: Comparing, title: str, progress: Progress, clock: Clock, size: int = BLOCK
) -> dict[Pair, Comparison]:
    """Of ``pairs`` (c, 2) those that are alike: one picture, or one scene with something else in it.

    Stops when six blocks of ``size`` in a row hold no picture twice, and says so.
    """
    found: dict[Pair, Comparison] = {}
    empty = 0
    with workers() as pool, progress.stage(title, len(pairs)) as advance:
        for start in range(0, len(pairs), size):
            block = [(a, b) for a, b in pairs[start : start + size].tolist()]
            alike = _alike(block, comparing, pool, clock)
            found |= alike
            advance(len(block))
            empty = 0 if any(c.same for c in alike.values()) else empty + 1
            if empty == BLOCKS_WITHOUT_ANY and start + size < len(pairs):
                rest, looked_at = len(pairs) - start - size, BLOCKS_WITHOUT_ANY * size
                # The rule of three: none among so many; the less promising ones hold no larger share.
                progress.say(
                    f"{title}: looked at the {start + size:,} most promising of {len(pairs):,} candidate pairs; the last "
                    f"{looked_at:,} held no duplicate, so at most {round(3 * rest / looked_at):,} of the other {rest:,} are (95 %)"
                )
                break
    return found


def _alike(block: list[Pair], comparing: Comparing, pool: ThreadPoolExecutor, clock: Clock) -> dict[Pair, Comparison]:
    """First a cheap look at all of them, many at once, then a thorough one at those that may be one picture."""
    parts = [block[start : start + PAIRS_AT_ONCE] for start in range(0, len(block), PAIRS_AT_ONCE)]
    with clock("pairs looked at", len(block)):
        passed = np.concatenate([*pool.map(comparing.screen, parts)])
    worth = [pair for pair, passes in zip(block, passed.tolist(), strict=True) if passes]
    with clock("compared", len(worth)):
        compared = list(pool.map(comparing, worth))
    return {pair: c for pair, c in zip(worth, compared, strict=True) if c.same or c.same_scene}
