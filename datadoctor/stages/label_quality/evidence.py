"""Evidence: where in an image a class is spoken for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# Maps are kept and shown as squares of this side, whatever the shape of the image: it was seen squashed to a square.
SIDE = 20


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where m images speak for their given and for their suggested class: ``rows`` (m,) int64 of the dataset, worst first.

    ``digests``: what the images are known by. ``classes`` (m, 2) int32: given, suggested. ``maps`` (m, 2, SIDE, SIDE) float32, logits:
    what each place adds to how far the class exceeds the mean of all classes, views weighted as in the pool; 0 is what a place of an
    average image adds. ``elsewhere`` (m, 2) float32: what has no place (intercepts, a token of the class). A map's sum and this are the
    class's pooled logit less the mean of all classes; the neighbours' vote, which has no place either, is left out.
    """

    rows: NDArray[np.int64]
    digests: tuple[str, ...]
    classes: NDArray[np.int32]
    maps: NDArray[np.float32]
    elsewhere: NDArray[np.float32]
