"""How far apart images usually are, and how isolated each one is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from datadoctor.errors import NotApplicableError
from datadoctor.stages import fit, stage
from datadoctor.stages.index import Neighbours
from datadoctor.stages.isolation import SMALLEST_DATASET, Spacing
from datadoctor.stages.isolation import spacing as usual


@fit()
def spacing(neighbours: Neighbours) -> Spacing:
    """How far apart the images of a dataset are."""
    n = len(neighbours.rows)
    if n < SMALLEST_DATASET:
        raise NotApplicableError(f"{n} images: at least {SMALLEST_DATASET} are needed to say what is unusual")
    return usual(neighbours)


@stage()
def isolation(spacing: Spacing, neighbours: Neighbours) -> NDArray[np.float64]:
    """(n,) float64 robust z-score of how isolated each image is; larger is more isolated; 0 where all are alike."""
    return spacing.isolation(neighbours.cosines, neighbours.rows)
