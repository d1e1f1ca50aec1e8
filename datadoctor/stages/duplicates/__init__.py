"""Duplicates: pairs of images that show the same picture, each verified, and the sets they form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class DuplicatePairs:
    """m verified pairs of dataset rows, ``a[i] < b[i]``, sorted by (score descending, a, b).

    ``kinds``: 'exact' (same bytes or same decoded pixels) or 'near'. ``scores`` (m,) float32 in [0, 1]: larger is more
    alike; 1 for exact. ``p_values`` (m,) float64: how likely so close a pair is by chance (NaN when not tested).
    ``differences``: what differs, in words ('same file', 'mirrored', 'cropped to 80 %', ...). ``set_ids`` (m,) int32: the
    near-duplicate set the pair belongs to. ``representatives``: per set id, the row suggested to keep.
    ``figures``: named (m,) float32 columns with the evidence of the verification (inliers, local correlation, ...), and 'q_value':
    the p-value among those of all images (Benjamini-Hochberg; NaN for exact).
    ``planted_recall``: share of planted copies of this dataset's own images that are recognised once looked at, per transform;
    ``planted_reached``: share that the search would have looked at before it stopped, empty where embeddings were brought.
    ``scenes`` (s, 2) int32: pairs a < b of one scene with other things in it, sorted; no duplicates, and in no set.
    """

    a: NDArray[np.int32]
    b: NDArray[np.int32]
    kinds: tuple[str, ...]
    scores: NDArray[np.float32]
    p_values: NDArray[np.float64]
    differences: tuple[str, ...]
    set_ids: NDArray[np.int32]
    representatives: NDArray[np.int32]
    figures: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)
    planted_recall: Mapping[str, float] = field(default_factory=dict)
    planted_reached: Mapping[str, float] = field(default_factory=dict)
    scenes: NDArray[np.int32] = field(default_factory=lambda: np.zeros((0, 2), np.int32))

    def __len__(self) -> int:
        return len(self.kinds)

    def group_of(self, n: int) -> NDArray[np.int32]:
        """For n dataset rows, the smallest row each is linked to by pairs (its own where it has no duplicate)."""
        return linked(n, zip(self.a.tolist(), self.b.tolist(), strict=True))

    def scene_of(self, n: int) -> NDArray[np.int32]:
        """For n dataset rows, the smallest row each is linked to by pairs of one scene (its own where there is none)."""
        return linked(n, self.scenes.tolist())


def linked(n: int, pairs: Iterable[Sequence[int]]) -> NDArray[np.int32]:
    """For n rows, the smallest row that each is linked to."""
    group = np.arange(n, dtype=np.int32)

    def find(i: int) -> int:
        while group[i] != i:
            group[i] = group[group[i]]
            i = int(group[i])
        return i

    for x, y in pairs:
        low, high = sorted((find(x), find(y)))
        group[high] = low
    return np.array([find(i) for i in range(n)], dtype=np.int32)
