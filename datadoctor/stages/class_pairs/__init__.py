"""Class pairs: which classes are confused with each other, beyond chance and beyond a few wrong labels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class ClassPairs:
    """m pairs of classes ``a[i] < b[i]``, sorted by ambiguity descending. K classes may give far fewer than K² pairs.

    ``ambiguity`` (m,) float32 in [0, 1]: how much the two classes are mixed up (``strength.py``), larger is more;
    ``low``/``high`` its 95 % interval.
    ``p_values`` (m,) float64 against the configuration model of the confusion network, ``significant`` (m,) bool after
    Benjamini-Hochberg and mutual. ``n_ab`` (m,) int32: items given ``a`` that look like ``b``; ``n_ba`` the reverse.
    ``kinds``: 'near-synonym', 'subclass-of', 'co-occurring', 'fine-grained', or '' when not significant. ``actions``: what
    to do, in words. ``mislabel_share`` (m,) float32 in [0, 1]: the part of the confusion explained by wrong labels.
    ``boundary``: per pair, dataset rows on the border, given a and given b.
    """

    a: NDArray[np.int32]
    b: NDArray[np.int32]
    ambiguity: NDArray[np.float32]
    low: NDArray[np.float32]
    high: NDArray[np.float32]
    p_values: NDArray[np.float64]
    significant: NDArray[np.bool_]
    n_ab: NDArray[np.int32]
    n_ba: NDArray[np.int32]
    kinds: tuple[str, ...]
    actions: tuple[str, ...]
    mislabel_share: NDArray[np.float32]
    boundary: tuple[tuple[tuple[int, ...], tuple[int, ...]], ...]

    def __len__(self) -> int:
        return len(self.kinds)

    def take(self, index: NDArray[np.int64]) -> ClassPairs:
        """Some of the pairs, in that order."""
        rows = index.tolist()
        return ClassPairs(
            a=self.a[index],
            b=self.b[index],
            ambiguity=self.ambiguity[index],
            low=self.low[index],
            high=self.high[index],
            p_values=self.p_values[index],
            significant=self.significant[index],
            n_ab=self.n_ab[index],
            n_ba=self.n_ba[index],
            kinds=tuple(self.kinds[i] for i in rows),
            actions=tuple(self.actions[i] for i in rows),
            mislabel_share=self.mislabel_share[index],
            boundary=tuple(self.boundary[i] for i in rows),
        )
