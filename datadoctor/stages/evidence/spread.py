"""Spreads a class's logit over the places of an image: exact, since probes are linear in means over places.

A view's logit of a class, less the mean over classes, is ``(x - mean) @ slope + intercept``. A column of x is a mean over places times
a factor that is fixed for the image (one over the length of the block; for square roots also one over the root), so each place has its
share of it, and bears as much of ``mean`` as any other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from datadoctor.stages.embeddings import NETWORK, OWN_FILTERS, Stage, further
from datadoctor.stages.embeddings.places import Places
from datadoctor.stages.evidence import StageEvidence
from datadoctor.stages.label_quality.evidence import SIDE
from datadoctor.stages.predictions import FoldProbes


@dataclass(frozen=True)
class Spreader:
    """``probes``, ``stages`` (the columns of those that serve) and ``weights`` in the pool, by the name of the view."""

    probes: Mapping[str, FoldProbes]
    stages: Mapping[str, Sequence[Stage]]
    weights: Mapping[str, float]
    _slopes: dict[tuple[str, int, int], tuple[NDArray[np.float64], NDArray[np.float64], float]] = field(
        default_factory=dict
    )

    @property
    def share(self) -> float:
        """Of all weights in the pool, those of the views that have a place here, in (0, 1]."""
        return sum(self.weights[name] for name in self.probes) / sum(self.weights.values())

    @property
    def without(self) -> tuple[str, ...]:
        """The views that were heard and have no place: the neighbours, and what is not linear in what is seen."""
        return tuple(name for name, weight in self.weights.items() if weight > 0 and name not in self.probes)

    def spread(
        self, places: Sequence[Places], folds: Sequence[int], classes: Sequence[Sequence[int]]
    ) -> list[list[StageEvidence]]:
        """For each image, its fold and the classes asked for, the evidence of every stage that serves, in the order of ``places``."""
        found: list[list[StageEvidence]] = [[] for _ in folds]
        for one in places:
            view = one.view if one.view == OWN_FILTERS else further(one.view) if one.view else NETWORK
            serving = next((stage for stage in self.stages.get(view, ()) if stage.name == one.stage), None)
            if view not in self.probes or serving is None:
                continue
            factors = one.factors(one.means) * len(self.stages[view]) ** -0.5
            for i, (fold, asked) in enumerate(zip(folds, classes, strict=True)):
                slopes = [self._slope(view, fold, number) for number in asked]
                found[i].append(_of_image(view, one, serving, i, factors[i], slopes))
        return found

    def pooled(
        self, found: Sequence[StageEvidence], fold: int, classes: Sequence[int]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The stages and views of an image as the pool weighs them: maps (k, SIDE, SIDE), and what has no place (k,), logits."""
        maps, elsewhere = np.zeros((len(classes), SIDE, SIDE)), np.zeros(len(classes))
        for one in found:
            maps += self.weights[one.view] * on_grid(one.maps)
            elsewhere += self.weights[one.view] * one.elsewhere
        for view in {one.view for one in found}:
            elsewhere += self.weights[view] * np.array([self._slope(view, fold, number)[2] for number in classes])
        return maps, elsewhere

    def _slope(self, view: str, fold: int, number: int) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
        key = view, fold, number
        if key not in self._slopes:
            self._slopes[key] = self.probes[view].of_class(fold, number)
        return self._slopes[key]


def _of_image(
    view: str,
    one: Places,
    serving: Stage,
    i: int,
    factors: NDArray[np.float64],
    slopes: Sequence[tuple[NDArray[np.float64], NDArray[np.float64], float]],
) -> StageEvidence:
    height, width = one.maps.shape[2:]
    flat, cells = one.maps[i].reshape(len(one.maps[i]), -1), one.cells
    rest = np.zeros_like(factors) if one.rest is None else one.rest[i] * factors
    maps, elsewhere = [], []
    for slope, mean, _ in slopes:
        columns = slice(serving.start, serving.stop)
        by_channel = one.by_channel(slope[columns])
        at_mean = (by_channel * one.by_channel(mean[columns])).sum(axis=0)
        weighted = (by_channel * factors).T.astype(np.float32) @ flat
        placed = ((weighted - at_mean[:, np.newaxis]) * cells).sum(axis=0)
        maps.append(placed.reshape(height, width))
        elsewhere.append(float((by_channel * rest).sum() - (at_mean * (1 - cells.sum(axis=1, dtype=np.float64))).sum()))
    return StageEvidence(view, one.stage, np.array(maps, dtype=np.float64), np.array(elsewhere))


def on_grid(maps: NDArray[np.float64], side: int = SIDE) -> NDArray[np.float64]:
    """(k, h, w) as (k, side, side), every sum as it was: enlarged smoothly, reduced by areas."""
    rows, columns = (_resampling(n, side) for n in maps.shape[1:])
    result: NDArray[np.float64] = rows @ maps @ columns.T
    return result


def _resampling(n: int, side: int) -> NDArray[np.float64]:
    """(side, n): columns sum to 1."""
    if n > side:
        edges = np.linspace(0, n, side + 1)
        low, high = edges[:-1, np.newaxis], edges[1:, np.newaxis]
        at = np.arange(n)
        shares = np.clip(np.minimum(high, at + 1) - np.maximum(low, at), 0, None)
    else:
        centres = np.clip((np.arange(side) + 0.5) * n / side - 0.5, 0, n - 1)
        shares = np.clip(1 - abs(centres[:, np.newaxis] - np.arange(n)), 0, None)
    result: NDArray[np.float64] = shares / shares.sum(axis=0)
    return result
