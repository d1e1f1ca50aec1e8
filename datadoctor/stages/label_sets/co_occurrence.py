"""Classes that come together: what stands in the place of confusions where an image may have several labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MOST_PAIRS = 200


@dataclass(frozen=True, slots=True)
class Together:
    """Two classes on the same images. ``phi`` in [-1, 1]: their correlation, larger where they come together more than by chance.

    ``both``: images with both; ``share_a``, ``share_b``: of the images with each, how many have the other, in [0, 1].
    """

    a: str
    b: str
    both: int
    share_a: float
    share_b: float
    phi: float


def co_occurrence(several: NDArray[np.int8], classes: Sequence[str]) -> list[Together]:
    """The pairs of classes that any image has both of, those that come together most strongly first, at most ``MOST_PAIRS``."""
    has = (several[(several >= 0).all(axis=1)] == 1).astype(np.float64)
    n, sizes = len(has), has.sum(axis=0)
    both = has.T @ has
    spread = np.sqrt(sizes * (n - sizes))
    phi = (n * both - np.outer(sizes, sizes)) / np.maximum(np.outer(spread, spread), 1e-12)
    a, b = np.nonzero(np.triu(both > 0, k=1))
    first = np.lexsort((b, a, -phi[a, b]))[:MOST_PAIRS]
    return [
        Together(classes[i], classes[j], int(both[i, j]), round(both[i, j] / sizes[i], 4), round(both[i, j] / sizes[j], 4),
                 round(float(phi[i, j]), 4))
        for i, j in zip(a[first].tolist(), b[first].tolist(), strict=True)
    ]  # fmt: skip
