"""Finding the class pairs that are confused with each other.

The ambiguity of a and b is √(√(m_ab m_ba) o). m_ab is the mean probability of b for items given a, so that only mutual
confusion counts; o is how much the distributions of the two classes overlap when only they are possible: the overlapping
coefficient, twice the Bayes error. One says how many items it concerns, the other how hopeless they are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datadoctor.artifacts.class_pairs import ClassPairs
from datadoctor.artifacts.class_pairs.kinds import action, kind
from datadoctor.artifacts.class_pairs.sides import Sides, look
from datadoctor.artifacts.confusion import Confusion
from datadoctor.artifacts.confusion.null_network import chance_of_at_least, discoveries, expected_factors
from datadoctor.artifacts.hierarchy import RELATIONS, Hierarchy
from datadoctor.artifacts.label_quality import LabelQuality

PARTNERS = 20  # most confused partners looked at per class: all of them up to 21 classes
BLOCK = 2**22  # probabilities looked at together
NORMAL_95 = 1.959964


@dataclass(frozen=True, slots=True)
class _Evidence:
    """The candidate pairs ``a < b``, seen from both sides."""

    a: NDArray[np.int32]
    b: NDArray[np.int32]
    from_a: Sides
    from_b: Sides
    n_a: NDArray[np.int64]
    n_b: NDArray[np.int64]


def find(
    labels: NDArray[np.int32],
    probabilities: NDArray[np.float32],
    confusion: Confusion,
    hierarchy: Hierarchy,
    quality: LabelQuality | None = None,
) -> ClassPairs:
    """Compare each class with the classes it is most confused with.

    ``labels`` (n,), ``probabilities`` (n, K) and their ``confusion``; ``quality`` tells wrong labels from overlap better, where
    there is one. A pair is significant when both directions exceed the null network of ``confusion.null_network`` (the
    p-value is the larger one) at a false discovery rate of 5 % over all pairs of classes.
    """
    seen = _evidence(labels, probabilities, confusion, quality)
    ambiguity, low, high = _ambiguity(seen)
    n_ab, n_ba = confusion.argmax_counts[seen.a, seen.b], confusion.argmax_counts[seen.b, seen.a]
    p_values = _p_values(seen, confusion)
    present = int(np.count_nonzero(confusion.n_given))
    significant = discoveries(p_values, present * (present - 1) // 2)
    share = _mislabel_share(seen)
    kinds = _kinds(seen, significant, hierarchy)
    pairs = ClassPairs(
        a=seen.a,
        b=seen.b,
        ambiguity=ambiguity,
        low=low,
        high=high,
        p_values=p_values,
        significant=significant,
        n_ab=n_ab,
        n_ba=n_ba,
        kinds=kinds,
        actions=_actions(seen, kinds, share, hierarchy.classes, _to_relabel(seen, labels, quality)),
        mislabel_share=share,
        boundary=tuple(zip(seen.from_a.border, seen.from_b.border, strict=True)),
    )
    return pairs.take(np.lexsort((seen.b, seen.a, -ambiguity)))


def _evidence(
    labels: NDArray[np.int32],
    probabilities: NDArray[np.float32],
    confusion: Confusion,
    quality: LabelQuality | None,
) -> _Evidence:
    a, b = _candidates(confusion.mean_probability)
    own, other = np.concatenate([a, b]), np.concatenate([b, a])
    by_own = np.lexsort((other, own))
    sides = look(own[by_own], other[by_own], labels, probabilities, quality.posterior if quality else None)
    back = np.argsort(by_own)
    from_a, from_b = sides.take(back[: len(a)]), sides.take(back[len(a) :])
    return _Evidence(a, b, from_a, from_b, confusion.n_given[a], confusion.n_given[b])


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


def _ambiguity(seen: _Evidence) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Ambiguity and its 95 % interval, by the delta method on its logarithm ¼ ln m_ab + ¼ ln m_ba + ½ ln o."""
    overlap = (seen.from_a.overlap + seen.from_b.overlap) / 2
    ambiguity = (seen.from_a.mass * seen.from_b.mass) ** 0.25 * np.sqrt(overlap)
    variance = np.zeros(len(ambiguity))
    for side, n_items in ((seen.from_a, seen.n_a), (seen.from_b, seen.n_b)):
        # Without any overlap the ambiguity is 0, whatever its relative error.
        by_mass, by_overlap = 0.25 / side.mass, 0.25 / np.where(overlap > 0, overlap, 1)
        of_one = (
            by_mass**2 * side.var_mass + by_overlap**2 * side.var_overlap + 2 * by_mass * by_overlap * side.covariance
        )
        # One item says nothing about the spread of its class.
        variance += np.where(n_items > 1, of_one / np.maximum(n_items - 1, 1), np.inf)
    margin = np.exp(np.minimum(NORMAL_95 * np.sqrt(variance), 100))
    return (
        ambiguity.astype(np.float32),
        (ambiguity / margin).astype(np.float32),
        np.minimum(ambiguity * margin, 1).astype(np.float32),
    )


def _p_values(seen: _Evidence, confusion: Confusion) -> NDArray[np.float64]:
    alpha, beta = expected_factors(confusion.argmax_counts)
    one_way = chance_of_at_least(confusion.argmax_counts[seen.a, seen.b], alpha[seen.a] * beta[seen.b])
    other_way = chance_of_at_least(confusion.argmax_counts[seen.b, seen.a], alpha[seen.b] * beta[seen.a])
    return np.maximum(one_way, other_way)


def _mislabel_share(seen: _Evidence) -> NDArray[np.float32]:
    """Items that look more like the other class, as a share of them and of those that look as much like both."""
    excess = seen.n_a * seen.from_a.excess + seen.n_b * seen.from_b.excess
    # 2 min(q, 1-q) counts an item on the border once; half of it could have been given the other label by chance.
    overlap = (seen.n_a * seen.from_a.shared + seen.n_b * seen.from_b.shared) / 2
    total = excess + overlap
    return np.divide(excess, total, out=np.zeros_like(total), where=total > 0).astype(np.float32)


def _kinds(seen: _Evidence, significant: NDArray[np.bool_], hierarchy: Hierarchy) -> tuple[str, ...]:
    relations = hierarchy.relations(seen.a, seen.b).tolist()
    columns = zip(significant, seen.from_a.shared, seen.from_b.shared, relations, strict=True)
    return tuple(kind(float(x), float(y), RELATIONS[code]) if found else "" for found, x, y, code in columns)


def _actions(
    seen: _Evidence,
    kinds: tuple[str, ...],
    share: NDArray[np.float32],
    classes: tuple[str, ...],
    relabel: NDArray[np.int64],
) -> tuple[str, ...]:
    within = (seen.from_a.shared > seen.from_b.shared).tolist()
    return tuple(
        action(found, classes[a], classes[b], a_within_b=inside, relabel=items, mislabel_share=part) if found else ""
        for found, a, b, inside, items, part in zip(
            kinds, seen.a.tolist(), seen.b.tolist(), within, relabel.tolist(), share.tolist(), strict=True
        )
    )


def _to_relabel(seen: _Evidence, labels: NDArray[np.int32], quality: LabelQuality | None) -> NDArray[np.int64]:
    """(m,) int64: flagged items given one class of the pair for which the other is suggested."""
    if quality is None:
        return np.zeros(len(seen.a), dtype=np.int64)
    n_classes = quality.posterior.shape[1]
    given, suggested = labels[quality.flagged].astype(np.int64), quality.suggested[quality.flagged].astype(np.int64)
    moves = np.sort(np.minimum(given, suggested) * n_classes + np.maximum(given, suggested))
    pair = seen.a.astype(np.int64) * n_classes + seen.b
    count: NDArray[np.int64] = np.searchsorted(moves, pair, side="right") - np.searchsorted(moves, pair, side="left")
    return count
