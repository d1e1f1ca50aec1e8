"""What the items given one class say about another: one side of a class pair."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

EXAMPLES = 6


@dataclass(frozen=True, slots=True)
class Sides:
    """e directed pairs: the items given ``own[i]`` against class ``other[i]``; float64 columns, means over those items.

    Probabilities are those of the model, where there is a posterior the mean of both: the one does not know the given
    labels, the other all views. With q the probability of ``other`` when only the two classes are possible and equally
    common: ``mass`` mean p(other), ``overlap`` mean 2 min(q, 1 - q), the share of the class that looks as much like the
    other. ``shared`` is that overlap and ``excess`` the mean max(0, 2q - 1), what looks more like the other (wrong labels
    rather than overlap), both by the posterior where there is one. ``var_mass``, ``var_overlap`` and ``covariance`` are
    those of one item. ``border``: the rows nearest the border, those most surely of the two first.
    """

    mass: NDArray[np.float64]
    overlap: NDArray[np.float64]
    shared: NDArray[np.float64]
    excess: NDArray[np.float64]
    var_mass: NDArray[np.float64]
    var_overlap: NDArray[np.float64]
    covariance: NDArray[np.float64]
    border: tuple[tuple[int, ...], ...]

    def take(self, index: NDArray[np.int64]) -> Sides:
        """The same for some of the pairs, in that order."""
        return Sides(
            mass=self.mass[index],
            overlap=self.overlap[index],
            shared=self.shared[index],
            excess=self.excess[index],
            var_mass=self.var_mass[index],
            var_overlap=self.var_overlap[index],
            covariance=self.covariance[index],
            border=tuple(self.border[i] for i in index.tolist()),
        )


def look(
    own: NDArray[np.int32],
    other: NDArray[np.int32],
    labels: NDArray[np.int32],
    probabilities: NDArray[np.float32],
    posterior: NDArray[np.float32] | None,
) -> Sides:
    """Look at every directed pair (sorted by ``own``); each class's items are read once.

    ``labels`` (n,), ``probabilities`` (n, K); ``posterior`` (n, K) tells wrong labels from overlap better, where there is
    one.
    """
    n_classes = probabilities.shape[1]
    by_class = np.argsort(labels, kind="stable")
    bounds = np.searchsorted(labels[by_class], np.arange(n_classes + 1))
    share = np.maximum(np.diff(bounds), 1) / max(int(bounds[-1] - bounds[0]), 1)
    columns = np.zeros((7, len(own)))
    border: list[tuple[int, ...]] = [()] * len(own)
    edges = np.searchsorted(own, np.arange(n_classes + 1))
    for given in np.unique(own).tolist():
        rows, span = by_class[bounds[given] : bounds[given + 1]], slice(edges[given], edges[given + 1])
        others = other[span]
        p = np.asarray(probabilities[rows], dtype=np.float64)
        judged = p if posterior is None else np.asarray(posterior[rows], dtype=np.float64)
        p = (p + judged) / 2
        q, truth = _of_two(p, given, others, share), _of_two(judged, given, others, share)
        columns[:2, span], columns[4:, span] = _moments(p[:, others], 2 * np.minimum(q, 1 - q))
        columns[2, span] = 2 * np.minimum(truth, 1 - truth).mean(axis=0)
        columns[3, span] = np.maximum(0, 2 * truth - 1).mean(axis=0)
        nearness = np.minimum(p[:, [given]], p[:, others])
        border[span] = [_nearest(rows, column) for column in nearness.T]
    mass, overlap, shared, excess, var_mass, var_overlap, covariance = columns
    return Sides(mass, overlap, shared, excess, var_mass, var_overlap, covariance, tuple(border))


def _of_two(
    p: NDArray[np.float64], given: int, others: NDArray[np.int32], share: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(m, others): probability of the other class if it or the given one is true and both are equally common."""
    mine, theirs = p[:, [given]] / share[given], p[:, others] / share[others]
    both: NDArray[np.float64] = mine + theirs
    of_two = np.full_like(both, 0.5)
    np.divide(theirs, both, out=of_two, where=both > 0)
    return of_two


def _moments(
    mass: NDArray[np.float64], overlap: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Per column the means of both, (2, others); and their variances and covariance, (3, others)."""
    means = np.array([mass.mean(axis=0), overlap.mean(axis=0)])
    around = mass - means[0], overlap - means[1]
    spread = np.array([np.mean(x * y, axis=0) for x, y in ((around[0],) * 2, (around[1],) * 2, around)])
    return means, spread


def _nearest(rows: NDArray[np.int64], nearness: NDArray[np.float64]) -> tuple[int, ...]:
    first = np.lexsort((rows, -nearness))[:EXAMPLES]
    return tuple(rows[first[nearness[first] > 0]].tolist())
