"""The class pairs worth comparing, and what the items of both sides say."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datadoctor.stages.class_pairs.sides import Sides, look
from datadoctor.stages.confusion import Confusion
from datadoctor.stages.label_quality import LabelQuality

PARTNERS = 20  # most confused partners looked at per class: all of them up to 21 classes
BLOCK = 2**22  # probabilities looked at together


@dataclass(frozen=True, slots=True)
class Evidence:
    """The candidate pairs ``a < b``, seen from both sides.

    ``n_a``, ``n_b`` (m,) int64: items given each. ``flips`` and ``n_true`` (m,) float64: items given one class that truly
    are the other, and items that truly are either, as the confident joint estimates them.
    """

    a: NDArray[np.int32]
    b: NDArray[np.int32]
    from_a: Sides
    from_b: Sides
    n_a: NDArray[np.int64]
    n_b: NDArray[np.int64]
    flips: NDArray[np.float64]
    n_true: NDArray[np.float64]


def gather(
    labels: NDArray[np.int32],
    probabilities: NDArray[np.float32],
    confusion: Confusion,
    quality: LabelQuality | None,
) -> Evidence:
    """Look at each class and the classes it is most confused with."""
    a, b = _candidates(confusion.mean_probability)
    own, other = np.concatenate([a, b]), np.concatenate([b, a])
    by_own = np.lexsort((other, own))
    sides = look(own[by_own], other[by_own], labels, probabilities, quality.p_mislabel if quality else None)
    back = np.argsort(by_own)
    from_a, from_b = sides.take(back[: len(a)]), sides.take(back[len(a) :])
    joint = confusion.confident_joint
    flips = joint[a, b].astype(np.float64) + joint[b, a]
    truly = joint.sum(axis=0, dtype=np.float64)
    n_a, n_b = confusion.n_given[a], confusion.n_given[b]
    return Evidence(a, b, from_a, from_b, n_a, n_b, flips, truly[a] + truly[b])


def _candidates(mean_probability: NDArray[np.float32]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Pairs a < b, sorted, in which one is among the 20 classes the other is most mutually confused with."""
    n_classes = len(mean_probability)
    first, second = [], []
    step = max(1, BLOCK // n_classes)
    for start in range(0, n_classes, step):
        block = np.arange(start, min(start + step, n_classes))
        mutual = mean_probability[block] * mean_probability[:, block].T
        mutual[block - start, block] = 0
        partners = np.argsort(-mutual, axis=1, kind="stable")[:, :PARTNERS]
        row, column = np.nonzero(np.take_along_axis(mutual, partners, axis=1) > 0)
        first.append(block[row])
        second.append(partners[row, column])
    directed = np.stack([np.concatenate(first), np.concatenate(second)], axis=1)
    found: NDArray[np.int32] = np.unique(np.sort(directed, axis=1), axis=0).astype(np.int32)
    return found[:, 0].copy(), found[:, 1].copy()
