"""A given hierarchy against what confuses the model: how well they agree, and which classes have other neighbours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datadoctor.stages.confusion import Confusion
from datadoctor.stages.confusion.null_network import chance_of_at_least, discoveries, expected_factors
from datadoctor.stages.hierarchy import Hierarchy

TRIPLETS = 100_000


@dataclass(frozen=True, slots=True)
class Agreement:
    """How well a learnt tree agrees with a given one over the same classes.

    ``cophenetic_correlation`` in [-1, 1]: Pearson correlation of the two trees' distances (Sokal & Rohlf 1962); NaN where one
    tree has but one distance. ``triplet_accuracy`` in [0, 1]: how often the learnt tree tells which of two classes is nearer
    to a third, where the given tree does (undecided counts half). ``shuffled_accuracy``: the same with the learnt classes
    shuffled. NaN where no triplet can be judged.
    """

    cophenetic_correlation: float
    triplet_accuracy: float
    shuffled_accuracy: float


@dataclass(frozen=True, slots=True)
class Misplaced:
    """m classes that are confused with another superclass more than with their own, surest first.

    ``classes`` (m,) int32; ``superclasses`` (m,) int32 the superclass they are drawn to. ``lift`` (m,) float32: confusions with
    it over those expected by the null network; ``own_lift`` (m,) float32 the same for their own superclass. ``p_values`` (m,)
    float64: of exceeding the null network, or of the lifts being equal, whichever is larger; all pass a false discovery rate of
    5 %. ``nearest`` (m,) int32: the
    class there it is confused with most.
    """

    classes: NDArray[np.int32]
    superclasses: NDArray[np.int32]
    lift: NDArray[np.float32]
    own_lift: NDArray[np.float32]
    p_values: NDArray[np.float64]
    nearest: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.classes)


def agreement(given: Hierarchy, learnt: Hierarchy, seed: int = 0) -> Agreement:
    """Compare the distances within two trees over the same classes."""
    true, found = given.distances(), learnt.distances()
    random = np.random.default_rng(seed)
    above = np.triu_indices(len(true), 1)
    shuffled = random.permutation(len(true))
    return Agreement(
        _correlation(true[above], found[above]),
        triplet_accuracy(true, found, random),
        triplet_accuracy(true, found[np.ix_(shuffled, shuffled)], random),
    )


def triplet_accuracy(true: NDArray[np.float32], found: NDArray[np.float32], random: np.random.Generator) -> float:
    """Share of drawn triplets (a, b, c), b truly nearer to a than c, for which ``found`` (K, K) says so; ties count half."""
    a, b, c = random.integers(0, len(true), (3, TRIPLETS))
    known = (true[a, b] < true[a, c]) & (a != b)
    if not known.any():
        return float("nan")
    a, b, c = a[known], b[known], c[known]
    return float(np.mean((found[a, b] < found[a, c]) + 0.5 * (found[a, b] == found[a, c])))


def misplaced(given: Hierarchy, confusion: Confusion) -> Misplaced:
    """The classes whose confusions, in either direction, point to another superclass than their given one."""
    counts, expected = _with_groups(given, confusion)
    lift = np.divide(counts, expected, out=np.zeros_like(counts), where=expected > 0)
    own = lift[np.arange(len(lift)), given.superclass_of]
    p_values = np.maximum(chance_of_at_least(counts, expected), _chance_of_equal_lifts(counts, expected, given))
    significant = discoveries(p_values.ravel(), p_values.size).reshape(p_values.shape)
    drawn = np.where(significant, lift, 0)
    classes = np.flatnonzero(drawn.any(axis=1))
    groups = drawn[classes].argmax(axis=1)
    order = np.lexsort((classes, p_values[classes, groups]))
    classes, groups = classes[order], groups[order]
    return Misplaced(
        classes=classes.astype(np.int32),
        superclasses=groups.astype(np.int32),
        lift=lift[classes, groups].astype(np.float32),
        own_lift=own[classes].astype(np.float32),
        p_values=p_values[classes, groups],
        nearest=_nearest(given, confusion, classes, groups),
    )


def _chance_of_equal_lifts(
    counts: NDArray[np.float64], expected: NDArray[np.float64], given: Hierarchy
) -> NDArray[np.float64]:
    """P-values of two Poisson rates being equal, against that with the superclass being larger than that with the own one.

    Given their sum, the one count is binomial (Przyborowski & Wilenski 1940). A class without relatives has nothing to compare.
    """
    from scipy.special import betainc

    rows = np.arange(len(counts))
    own_count, own_expected = (x[rows, given.superclass_of][:, np.newaxis] for x in (counts, expected))
    total = expected + own_expected
    share = np.divide(expected, total, out=np.ones_like(total), where=(total > 0) & (own_expected > 0))
    chance: NDArray[np.float64] = np.where(counts > 0, betainc(np.maximum(counts, 1), own_count + 1, share), 1.0)
    return chance


def _with_groups(given: Hierarchy, confusion: Confusion) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(K, superclasses) float64: confusions of each class with the members of each superclass, found and expected."""
    n_classes, n_groups = len(given.classes), len(given.superclasses)
    member = np.zeros((n_classes, n_groups))
    member[np.arange(n_classes), given.superclass_of] = 1
    errors = confusion.argmax_counts.astype(np.float32)
    np.fill_diagonal(errors, 0)
    counts = errors @ member + errors.T @ member
    alpha, beta = expected_factors(confusion.argmax_counts)
    expected = np.outer(alpha, beta @ member) + np.outer(beta, alpha @ member)
    expected -= 2 * (alpha * beta)[:, np.newaxis] * member  # no class is confused with itself
    return counts, np.maximum(expected, 0)


def _nearest(
    given: Hierarchy, confusion: Confusion, classes: NDArray[np.int64], groups: NDArray[np.int64]
) -> NDArray[np.int32]:
    nearest = np.zeros(len(classes), dtype=np.int32)
    for i, (own, group) in enumerate(zip(classes, groups, strict=True)):
        both_ways = confusion.argmax_counts[own] + confusion.argmax_counts[:, own]
        nearest[i] = np.where(given.superclass_of == group, both_ways, -1).argmax()
    return nearest


def _correlation(x: NDArray[np.float32], y: NDArray[np.float32]) -> float:
    if len(x) < 2 or x.min() == x.max() or y.min() == y.max():
        return float("nan")
    return float(np.corrcoef(x, y)[0, 1])
