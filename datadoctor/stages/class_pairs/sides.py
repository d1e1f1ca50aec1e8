"""What the items given one class say about another: one side of a class pair."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

EXAMPLES = 6


@dataclass(frozen=True, slots=True)
class Sides:
    """e directed pairs: the items given ``own[i]`` against class ``other[i]``; float64 columns, means over those items.

    ``mass`` mean p(other), ``var_mass`` its variance from item to item. ``shared``: with q the probability of ``other`` when
    only the two classes are possible and equally common, mean 2 min(q, 1 - q), the share of the class that looks as much
    like the other. ``doubts``: the items whose most probable class is ``other``, each counted by the probability that its
    label is wrong; a sum. ``border``: the rows nearest the border, those most surely of the two first.
    """

    mass: NDArray[np.float64]
    var_mass: NDArray[np.float64]
    shared: NDArray[np.float64]
    doubts: NDArray[np.float64]
    border: tuple[tuple[int, ...], ...]

    def take(self, index: NDArray[np.int64]) -> Sides:
        """The same for some of the pairs, in that order."""
        return Sides(
            mass=self.mass[index],
            var_mass=self.var_mass[index],
            shared=self.shared[index],
            doubts=self.doubts[index],
            border=tuple(self.border[i] for i in index.tolist()),
        )


def look(
    own: NDArray[np.int32],
    other: NDArray[np.int32],
    labels: NDArray[np.int32],
    probabilities: NDArray[np.float32],
    p_mislabel: NDArray[np.float32] | None,
) -> Sides:
    """Look at every directed pair (sorted by ``own``); each class's items are read once.

    ``labels`` (n,), ``probabilities`` (n, K); ``p_mislabel`` (n,) probability of a wrong label. Without it, an item that
    looks like the other class counts by how much more it does so, 2q - 1.
    """
    n_classes = probabilities.shape[1]
    by_class = np.argsort(labels, kind="stable")
    bounds = np.searchsorted(labels[by_class], np.arange(n_classes + 1))
    share = np.maximum(np.diff(bounds), 1) / max(int(bounds[-1] - bounds[0]), 1)
    columns = np.zeros((4, len(own)))
    border: list[tuple[int, ...]] = [()] * len(own)
    edges = np.searchsorted(own, np.arange(n_classes + 1))
    for given in np.unique(own).tolist():
        rows, span = by_class[bounds[given] : bounds[given + 1]], slice(edges[given], edges[given + 1])
        others = other[span]
        p = np.asarray(probabilities[rows], dtype=np.float64)
        q = _of_two(p, given, others, share)
        wrong = 2 * q - 1 if p_mislabel is None else p_mislabel[rows, np.newaxis]
        looks_like_other = p.argmax(axis=1)[:, np.newaxis] == others
        columns[0, span], columns[1, span] = p[:, others].mean(axis=0), p[:, others].var(axis=0)
        columns[2, span] = 2 * np.minimum(q, 1 - q).mean(axis=0)
        columns[3, span] = np.sum(looks_like_other * np.maximum(wrong, 0), axis=0)
        nearness = np.minimum(p[:, [given]], p[:, others])
        border[span] = [_nearest(rows, column) for column in nearness.T]
    mass, var_mass, shared, doubts = columns
    return Sides(mass, var_mass, shared, doubts, tuple(border))


def _of_two(
    p: NDArray[np.float64], given: int, others: NDArray[np.int32], share: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(m, others): probability of the other class if it or the given one is true and both are equally common."""
    mine, theirs = p[:, [given]] / share[given], p[:, others] / share[others]
    both: NDArray[np.float64] = mine + theirs
    of_two = np.full_like(both, 0.5)
    np.divide(theirs, both, out=of_two, where=both > 0)
    return of_two


def _nearest(rows: NDArray[np.int64], nearness: NDArray[np.float64]) -> tuple[int, ...]:
    first = np.lexsort((rows, -nearness))[:EXAMPLES]
    return tuple(rows[first[nearness[first] > 0]].tolist())
