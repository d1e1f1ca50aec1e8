"""Isolation: how far an image is from its nearest neighbours, compared with how far apart those are among themselves.

For each image, d is the distance to its 5th nearest neighbour in the embedding, and its isolation is the logarithm of d over the
median d of those neighbours (a local density ratio, as in the local outlier factor).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datadoctor.stages.index import Neighbours

NEIGHBOUR = 5
# Only images among the farthest quarter from their neighbours can be outliers.
FARTHEST = 0.75
SMALLEST_DATASET = 20


@dataclass(frozen=True, slots=True)
class Spacing:
    """How far apart the images of a dataset are: ``distance`` (n,) float64 of each to its 5th neighbour, and what is usual.

    ``centre`` and ``spread``: median and robust standard deviation of the isolation; ``far``: the distance from which on an image
    can be an outlier.
    """

    distance: NDArray[np.float64]
    centre: float
    spread: float
    far: float

    def isolation(self, cosines: NDArray[np.float32], rows: NDArray[np.integer[Any]]) -> NDArray[np.float64]:
        """(m,) robust z-score of images, new ones too, by their nearest images (m, k), nearest first; 0 where not far."""
        column = min(NEIGHBOUR, rows.shape[1]) - 1
        distance = _distance(cosines[:, column])
        z = (_ratio(distance, self.distance, rows[:, : column + 1]) - self.centre) / self.spread
        # Beside a tight cluster everything is isolated by comparison, however near to it.
        return np.where(distance >= self.far, z, 0.0)


def spacing(neighbours: Neighbours) -> Spacing:
    """What is usual in a dataset."""
    column = min(NEIGHBOUR, neighbours.rows.shape[1]) - 1
    distance = _distance(neighbours.cosines[:, column])
    ratio = _ratio(distance, distance, neighbours.rows[:, : column + 1])
    centre = float(np.median(ratio))
    spread = max(1.4826 * float(np.median(np.abs(ratio - centre))), 1e-2)
    return Spacing(distance, centre, spread, float(np.quantile(distance, FARTHEST)))


def _distance(cosines: NDArray[np.float32]) -> NDArray[np.float64]:
    # Rounding noise in the cosines of identical images must not look like structure.
    result: NDArray[np.float64] = np.sqrt(np.maximum(2 - 2 * cosines.astype(np.float64), 1e-6))
    return result


def _ratio(
    distance: NDArray[np.float64], others: NDArray[np.float64], rows: NDArray[np.integer[Any]]
) -> NDArray[np.float64]:
    result: NDArray[np.float64] = np.log(distance / np.median(others[rows], axis=1))
    return result
