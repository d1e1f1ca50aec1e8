"""Verifies candidate pairs from the most promising on, and stops where there is nothing left to find."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from datadoctor.progress import Progress
from datadoctor.stages.duplicates.comparison import Comparison
from datadoctor.stages.duplicates.workers import workers

BLOCK = 512
BLOCKS_WITHOUT_ANY = 6


def verified(
    pairs: NDArray[np.int32],
    verify: Callable[[tuple[int, int]], Comparison],
    title: str,
    progress: Progress,
    size: int = BLOCK,
) -> dict[tuple[int, int], Comparison]:
    """Of ``pairs`` (c, 2) those that show the same picture; stops when six blocks of ``size`` in a row hold none, and says so."""
    found: dict[tuple[int, int], Comparison] = {}
    empty = 0
    with workers() as pool, progress.stage(title, len(pairs)) as advance:
        for start in range(0, len(pairs), size):
            block = [(a, b) for a, b in pairs[start : start + size].tolist()]
            same = {pair: c for pair, c in zip(block, pool.map(verify, block), strict=True) if c.same}
            found |= same
            advance(len(block))
            empty = 0 if same else empty + 1
            if empty == BLOCKS_WITHOUT_ANY and start + size < len(pairs):
                progress.say(
                    f"{title}: verified the {start + size:,} most promising of {len(pairs):,} candidate pairs; "
                    f"the last {BLOCKS_WITHOUT_ANY * size:,} held no duplicate"
                )
                break
    return found
