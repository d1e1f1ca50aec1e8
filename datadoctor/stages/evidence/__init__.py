"""Evidence maps: where flagged images speak for their labels, by a second look that keeps where things were seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class StageEvidence:
    """The part of one stage of one view, for some classes of one image, before the pool weighs it.

    ``maps`` (k, h, w) float64, logits, as large as the stage's own; ``elsewhere`` (k,) float64: what of it has no place.
    """

    view: str
    stage: str
    maps: NDArray[np.float64]
    elsewhere: NDArray[np.float64]
