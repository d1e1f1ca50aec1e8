"""Finding the class pairs that are confused with each other."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from datadoctor.stages.class_pairs import ClassPairs
from datadoctor.stages.class_pairs.evidence import Evidence, gather
from datadoctor.stages.class_pairs.kinds import action, kind
from datadoctor.stages.class_pairs.strength import ambiguity_of
from datadoctor.stages.confusion import Confusion
from datadoctor.stages.confusion.null_network import chance_of_at_least, discoveries, expected_factors
from datadoctor.stages.hierarchy import RELATIONS, Hierarchy
from datadoctor.stages.label_quality import LabelQuality


def find(
    labels: NDArray[np.int32],
    probabilities: NDArray[np.float32],
    confusion: Confusion,
    hierarchy: Hierarchy,
    quality: LabelQuality | None = None,
) -> ClassPairs:
    """Compare each class with the classes it is most confused with.

    ``labels`` (n,), ``probabilities`` (n, K) and their ``confusion``; ``quality`` tells wrong labels from overlap, where
    there is one. A pair is significant when both directions exceed the null network of ``confusion.null_network``
    (the p-value is the larger one) at a false discovery rate of 5 % over all pairs of classes.
    """
    seen = gather(labels, probabilities, confusion, quality)
    ambiguity, low, high = ambiguity_of(seen)
    n_ab, n_ba = confusion.argmax_counts[seen.a, seen.b], confusion.argmax_counts[seen.b, seen.a]
    p_values = _p_values(seen, confusion)
    present = int(np.count_nonzero(confusion.n_given))
    significant = discoveries(p_values, present * (present - 1) // 2)
    share = _mislabel_share(seen, n_ab.astype(np.int64) + n_ba)
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
        actions=_actions(seen, kinds, share, hierarchy, _to_relabel(seen, labels, quality)),
        mislabel_share=share,
        boundary=tuple(zip(seen.from_a.border, seen.from_b.border, strict=True)),
    )
    return pairs.take(np.lexsort((seen.b, seen.a, -ambiguity)))


def _p_values(seen: Evidence, confusion: Confusion) -> NDArray[np.float64]:
    alpha, beta = expected_factors(confusion.argmax_counts)
    one_way = chance_of_at_least(confusion.argmax_counts[seen.a, seen.b], alpha[seen.a] * beta[seen.b])
    other_way = chance_of_at_least(confusion.argmax_counts[seen.b, seen.a], alpha[seen.b] * beta[seen.a])
    return np.maximum(one_way, other_way)


def _mislabel_share(seen: Evidence, confused: NDArray[np.int64]) -> NDArray[np.float32]:
    """The part of the ``confused`` (m,) items, those that look like the other class, whose labels are wrong."""
    doubts = seen.from_a.doubts + seen.from_b.doubts
    return np.divide(doubts, confused, out=np.zeros_like(doubts), where=confused > 0).clip(max=1).astype(np.float32)


def _kinds(seen: Evidence, significant: NDArray[np.bool_], hierarchy: Hierarchy) -> tuple[str, ...]:
    relations = hierarchy.relations(seen.a, seen.b).tolist()
    columns = zip(significant, seen.from_a.shared, seen.from_b.shared, relations, strict=True)
    return tuple(kind(float(x), float(y), RELATIONS[code]) if found else "" for found, x, y, code in columns)


def _actions(
    seen: Evidence,
    kinds: tuple[str, ...],
    share: NDArray[np.float32],
    hierarchy: Hierarchy,
    relabel: NDArray[np.int64],
) -> tuple[str, ...]:
    within = (seen.from_a.shared > seen.from_b.shared).tolist()
    return tuple(
        action(found, hierarchy.called(a), hierarchy.called(b), a_within_b=inside, relabel=items, mislabel_share=part)
        if found
        else ""
        for found, a, b, inside, items, part in zip(
            kinds, seen.a.tolist(), seen.b.tolist(), within, relabel.tolist(), share.tolist(), strict=True
        )
    )


def _to_relabel(seen: Evidence, labels: NDArray[np.int32], quality: LabelQuality | None) -> NDArray[np.int64]:
    """(m,) int64: flagged items given one class of the pair for which the other is suggested."""
    if quality is None:
        return np.zeros(len(seen.a), dtype=np.int64)
    n_classes = quality.posterior.shape[1]
    given, suggested = labels[quality.flagged].astype(np.int64), quality.suggested[quality.flagged].astype(np.int64)
    moves = np.sort(np.minimum(given, suggested) * n_classes + np.maximum(given, suggested))
    pair = seen.a.astype(np.int64) * n_classes + seen.b
    count: NDArray[np.int64] = np.searchsorted(moves, pair, side="right") - np.searchsorted(moves, pair, side="left")
    return count
