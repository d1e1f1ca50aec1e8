"""The transition matrix: how often an item truly of one class is given another.

Counts are the confident joint of Northcutt, Jiang & Chuang 2021 (JAIR 70): an item counts as truly k where p(k) is the largest
of those that reach the mean p(k) of the items given k. Few items are wrong, so the counts of errors are shrunk: towards how
popular each class is as a label, then towards what the superclasses do, each as strongly as the Dirichlet-multinomial
likelihood of the counts themselves asks for (empirical Bayes; Minka 2000, "Estimating a Dirichlet distribution").
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datadoctor.stages.label_quality.fusion import Pool

CHUNK_VALUES = 2**22
# A class's share of errors is shrunk towards the dataset's as if this many more of its items had been seen.
PRIOR_ITEMS = 20
STRENGTHS = (1e-1, 1e4)
# Half the 95 % quantile of chi-squared with one degree of freedom.
RATIO_TEST = 1.92


def confident_counts(pool: Pool, labels: NDArray[np.int32], rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """(K, K) float64 numbers of items of ``rows`` that are confidently of a true class (row), by given class (column)."""
    n_classes = pool.n_classes
    thresholds = mean_at_given(pool, labels, rows)
    counts = np.zeros((n_classes, n_classes))
    for part in parts(rows, n_classes):
        p = pool[part]
        p = np.where(p >= thresholds, p, np.float32(-1))
        true = p.argmax(axis=1)
        counted = p[np.arange(len(part)), true] >= 0
        np.add.at(counts, (true[counted], labels[part][counted]), 1)
    return counts


@dataclass(frozen=True, slots=True)
class Shrunk:
    """What errors are shrunk towards: ``base`` (K, K), given by true class (row), diagonal 0, as if seen ``strength`` times.

    ``strengths``: that of the superclass level, where there is one, then that of the classes. ``structured``: which classes are
    mistaken for which is not explained by their popularity (likelihood ratio test at 5 %).
    """

    base: NDArray[np.float64]
    strengths: tuple[float, ...]
    structured: bool

    @property
    def strength(self) -> float:
        """That of the classes."""
        return self.strengths[-1]


def shrunk(
    errors: NDArray[np.float64], n_given: NDArray[np.int64], superclass_of: NDArray[np.int32] | None = None
) -> Shrunk:
    """Base and strength for ``errors`` (K, K) counts, given by true class (row), diagonal 0; ``n_given`` (K,) items given each.

    The base is the popularity of each class as a label, through the superclasses where there are any.
    """
    # A class nobody is given is never the wrong label.
    base = row_shares(np.tile(n_given / n_given.sum(), (len(errors), 1)) * (1 - np.eye(len(errors))))
    strength, structured = _strength(errors, base)
    if superclass_of is None or not 1 < len(np.unique(superclass_of)) < len(errors):
        return Shrunk(base, (strength,), structured)
    base, above = _through_superclasses(errors, base, superclass_of)
    return Shrunk(base, (above, _strength(errors, base)[0]), structured)


def matrix(
    counts: NDArray[np.float64], n_given: NDArray[np.int64], superclass_of: NDArray[np.int32] | None = None
) -> tuple[NDArray[np.float64], Shrunk]:
    """(K, K) float64 P(given column | true row), rows sum to 1; and the shrinkage that was chosen.

    ``counts`` (K, K) by true and given class; ``n_given`` (K,) items given each class; ``superclass_of`` (K,) from the tree.
    """
    errors = counts * (1 - np.eye(len(counts)))
    prior = shrunk(errors, n_given, superclass_of)
    wrong = row_shares(errors + prior.strength * prior.base)
    rate = _error_shares(counts, n_given)[:, np.newaxis]
    return rate * wrong + np.diag(1 - rate[:, 0] * (wrong.sum(axis=1) > 0)), prior


def parts(rows: NDArray[np.int64], n_classes: int) -> list[NDArray[np.int64]]:
    """The rows in pieces whose probabilities take a bounded amount of memory."""
    step = max(1, CHUNK_VALUES // n_classes)
    return [rows[start : start + step] for start in range(0, len(rows), step)]


def mean_at_given(pool: Pool, labels: NDArray[np.int32], rows: NDArray[np.int64]) -> NDArray[np.float32]:
    """(K,) float32 mean probability of a class among the items given it; 2 for a class nobody is given."""
    counts = np.bincount(labels[rows], minlength=pool.n_classes)
    sums = np.zeros(pool.n_classes)
    for part in parts(rows, pool.n_classes):
        at_given = pool[part][np.arange(len(part)), labels[part]].astype(np.float64)
        sums += np.bincount(labels[part], weights=at_given, minlength=pool.n_classes)
    # Nobody is given the class: no probability is enough.
    return np.where(counts > 0, sums / np.maximum(counts, 1), 2.0).astype(np.float32)


def _error_shares(counts: NDArray[np.float64], n_given: NDArray[np.int64]) -> NDArray[np.float64]:
    """(K,) share of each true class given another, after scaling the counts to the given class sizes."""
    per_class = counts.sum(axis=0)
    # A class none of whose items is confident says nothing about its errors: taken as right.
    unseen = per_class == 0
    scaled = counts * np.where(unseen, 0, n_given / np.where(unseen, 1, per_class))
    scaled[unseen, unseen] = n_given[unseen]
    right, all_items = scaled.diagonal(), scaled.sum(axis=1)
    overall = 1 - right.sum() / max(all_items.sum(), 1)
    share: NDArray[np.float64] = (all_items - right + PRIOR_ITEMS * overall) / (all_items + PRIOR_ITEMS)
    return share


def _through_superclasses(
    errors: NDArray[np.float64], base: NDArray[np.float64], superclass_of: NDArray[np.int32]
) -> tuple[NDArray[np.float64], float]:
    """The base with each row's mass moved between superclasses as the errors of its whole superclass say."""
    member = (superclass_of[:, np.newaxis] == np.unique(superclass_of)).astype(np.float64)
    group_errors = member.T @ errors @ member
    weight = errors.sum(axis=1, keepdims=True) + 1e-9
    group_base = row_shares(member.T @ (weight * base) @ member)
    strength, _ = _strength(group_errors, group_base)
    mass = member @ row_shares(group_errors + strength * group_base) @ member.T
    within = base @ member @ member.T
    return row_shares(np.divide(base * mass, within, out=np.zeros_like(base), where=within > 0)), strength


def _strength(errors: NDArray[np.float64], base: NDArray[np.float64]) -> tuple[float, bool]:
    """How many items the base counts for: the most likely concentration of a Dirichlet-multinomial with that mean.

    And whether that is more likely than the strongest, which denies any structure, beyond a likelihood ratio test at 5 %.
    """
    from scipy.optimize import minimize_scalar
    from scipy.special import gammaln

    # Cells without errors say nothing beyond their row's total.
    cells = (base > 0) & (errors > 0)
    seen, mean = errors[cells], base[cells]
    row = np.where(base > 0, errors, 0).sum(axis=1)

    def loss(log_strength: float) -> float:
        strength = np.exp(log_strength)
        total = (gammaln(strength) - gammaln(strength + row)).sum()
        return -float(total + (gammaln(strength * mean + seen) - gammaln(strength * mean)).sum())

    if not seen.any():
        return STRENGTHS[1], False
    bounds = (float(np.log(STRENGTHS[0])), float(np.log(STRENGTHS[1])))
    found = minimize_scalar(loss, bounds=bounds, method="bounded")
    return float(np.exp(found.x)), bool(loss(bounds[1]) - found.fun > RATIO_TEST)


def row_shares(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each row over its sum; rows without any stay 0."""
    total = values.sum(axis=1, keepdims=True)
    shares: NDArray[np.float64] = np.divide(values, total, out=np.zeros_like(values), where=total > 0)
    return shares
