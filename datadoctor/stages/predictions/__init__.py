"""Predictions: class probabilities of each image, made without having seen its own given label."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Predictions:
    """Out-of-sample predicted probabilities.

    ``probabilities`` (n, K) float32, rows sum to 1, columns in the order of ``Dataset.classes``; possibly memory-mapped.
    ``folds`` (n,) int8: the fold in which each row was held out, -1 when brought by the user. ``made_by`` names the model.
    ``penalty``: the L2 strength chosen for a probe, None for other models.
    """

    probabilities: NDArray[np.float32]
    folds: NDArray[np.int8]
    made_by: str
    penalty: float | None = None
