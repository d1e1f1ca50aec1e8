"""The few reasons for which flagged images look like another class, pair by pair of given and suggested class."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datadoctor.stages.interpretations import Interpretations
from datadoctor.stages.interpretations.regions import Region, Sides, cover
from datadoctor.stages.label_quality import LabelQuality
from datadoctor.stages.label_quality.views import View

# Decided otherwise: those nearest to being decided so. What lies beyond them is cut off with them.
MOST_OTHERS = 1000
# Classes whose boundaries to the given and to the suggested one are looked at: those that come up most.
MOST_RIVALS = 32
COUNTERS = 3
# Probabilities below this are alike.
_LEAST = 1e-3


@dataclass(frozen=True)
class _Reason:
    given: int
    suggested: int
    rows: NDArray[np.int64]
    distances: NDArray[np.float64]
    counters: NDArray[np.int64]
    alike: int
    boundaries: NDArray[np.int32]


def find(labels: NDArray[np.int32], quality: LabelQuality, views: Sequence[View]) -> Interpretations:
    """The reasons of all flagged images; ``views``: those that the judgement heard, at least one.

    An image is decided to be of the class that the judgement suggests. The boundaries are those where a view puts the given or the
    suggested class before another.
    """
    odd = quality.flagged & (labels >= 0) & (quality.suggested != labels)
    pairs = sorted({(int(labels[row]), int(quality.suggested[row])) for row in np.flatnonzero(odd).tolist()})
    found = [reason for given, suggested in pairs for reason in _of_pair(given, suggested, odd, labels, quality, views)]
    found.sort(key=lambda one: (-len(one.rows), int(one.rows[0])))
    return Interpretations(
        given=np.array([one.given for one in found], dtype=np.int32),
        suggested=np.array([one.suggested for one in found], dtype=np.int32),
        rows=np.concatenate([np.empty(0, np.int64), *(one.rows for one in found)]),
        starts=np.cumsum([0, *(len(one.rows) for one in found)]).astype(np.int64),
        distances=np.concatenate([np.empty(0), *(one.distances for one in found)]).astype(np.float32),
        counters=np.array([one.counters for one in found], dtype=np.int64).reshape(-1, COUNTERS),
        alike=np.array([one.alike for one in found], dtype=np.int32),
        boundaries=np.concatenate([np.empty((0, 3), np.int32), *(one.boundaries for one in found)]),
        ends=np.cumsum([0, *(len(one.boundaries) for one in found)]).astype(np.int64),
        views=tuple(view.name for view in views),
    )


def _of_pair(
    given: int,
    suggested: int,
    odd: NDArray[np.bool_],
    labels: NDArray[np.int32],
    quality: LabelQuality,
    views: Sequence[View],
) -> Iterator[_Reason]:
    members = np.flatnonzero(odd & (labels == given) & (quality.suggested == suggested))
    others = np.flatnonzero(quality.suggested != suggested)
    belief = quality.posterior[others, suggested]
    others = others[np.lexsort((others, -belief))[:MOST_OTHERS]]
    ours = np.flatnonzero((labels == suggested) & (quality.suggested == suggested) & ~quality.flagged)
    boundaries = _Boundaries(views, given, suggested, _rivals(given, suggested, quality.posterior[members]))
    sides, left = boundaries.sides(members), np.ones(len(members), dtype=bool)
    for region in cover(sides, boundaries.sides(others)):
        of_region = members[region.inside & left]
        left &= ~region.inside
        exemplar = of_region[np.lexsort((of_region, -quality.p_mislabel[of_region]))[0]]
        distances = boundaries.distances(of_region, exemplar)
        distances[of_region == exemplar] = -1  # first, whoever else is where it is
        order = np.lexsort((of_region, distances))
        away = boundaries.distances(others, exemplar)
        nearest = others[np.lexsort((others, away))[:COUNTERS]]
        yield _Reason(
            given,
            suggested,
            of_region[order],
            np.maximum(distances[order], 0),
            np.pad(nearest, (0, COUNTERS - len(nearest)), constant_values=-1),
            int(region.holds(boundaries.sides(ours)).sum()),
            boundaries.named(region),
        )


def _rivals(given: int, suggested: int, posterior: NDArray[np.float32]) -> list[int]:
    """The other classes that come up most for some images; ``posterior`` (m, K)."""
    order = np.argsort(-posterior.sum(axis=0), kind="stable").tolist()
    return [number for number in order if number not in (given, suggested)][:MOST_RIVALS]


class _Boundaries:
    """View by view, between the suggested and the given class, and of each of them to its rivals."""

    def __init__(self, views: Sequence[View], given: int, suggested: int, rivals: Sequence[int]) -> None:
        self._views = views
        pairs = [
            (suggested, given),
            *((suggested, other) for other in rivals),
            *((given, other) for other in rivals),
        ]
        self._first, self._second = (np.array(one) for one in zip(*pairs, strict=True))

    def sides(self, rows: NDArray[np.int64]) -> Sides:
        """(n, b): whether the first of the two classes is before the second."""
        each = [np.asarray(view.probabilities[rows]) for view in self._views]
        return np.concatenate([p[:, self._first] > p[:, self._second] for p in each], axis=1)

    def distances(self, rows: NDArray[np.int64], exemplar: int) -> NDArray[np.float64]:
        """(n,) from the exemplar, a mean over the boundaries, in logits; what is next to impossible in both counts as alike."""
        total = np.zeros(len(rows))
        for view in self._views:
            p = np.log(np.maximum(view.probabilities[np.append(rows, exemplar)], _LEAST))
            margin = p[:, self._first] - p[:, self._second]
            total += np.abs(margin[:-1] - margin[-1]).mean(axis=1)
        return total / len(self._views)

    def named(self, region: Region) -> NDArray[np.int32]:
        """(b, 3): see ``Interpretations``."""
        named = []
        for number in region.boundaries:
            view, pair = divmod(number, len(self._first))
            classes = int(self._first[pair]), int(self._second[pair])
            named.append((view, *(classes if region.sides[number] else classes[::-1])))
        return np.array(named, dtype=np.int32).reshape(-1, 3)
