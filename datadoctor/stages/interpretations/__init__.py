"""Representative interpretations: which flagged images look like another class for the same reason, and which one stands for them.

After Lam et al. 2021, "Finding Representative Interpretations on Convolutional Neural Networks" (ICCV).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Interpretations:
    """g reasons, most images first; together they hold every flagged image for which another class is suggested, once.

    ``given``, ``suggested`` (g,) int32: classes. ``rows`` (m,) int64 of the dataset, reason by reason, ``starts`` (g + 1,) int64: those
    of reason i are ``rows[starts[i] : starts[i + 1]]``, first the exemplar, the one most probably wrong, then the others, most similar
    to it first; ``distances`` (m,) float32: how far from it, in logits, a mean over the pair's boundaries; smaller is more similar.
    ``counters`` (g, c) int64: rows near the exemplar that are decided otherwise, nearest first, -1 for none. ``alike`` (g,) int32: images
    that were given the suggested class, are judged to be right, and lie in the same region.
    ``boundaries`` (b, 3) int32: view, and two classes of which that view puts the first before the second; those of reason i are
    ``boundaries[ends[i] : ends[i + 1]]``, ``ends`` (g + 1,) int64, in the order in which they cut off most. ``views``: names.
    """

    given: NDArray[np.int32]
    suggested: NDArray[np.int32]
    rows: NDArray[np.int64]
    starts: NDArray[np.int64]
    distances: NDArray[np.float32]
    counters: NDArray[np.int64]
    alike: NDArray[np.int32]
    boundaries: NDArray[np.int32]
    ends: NDArray[np.int64]
    views: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.given)
