"""The dataset's own filters, as they are kept; ``patches`` learns and applies them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Parameters:
    """How filters are learnt and applied; pixels are on the 0-255 scale.

    ``side``: of a patch in pixels. ``steadiness``: added to a patch's standard deviation, so that flat patches stay small.
    ``epsilon``: of the whitening. ``threshold``: a response below it counts as none.
    """

    n_patches: int = 40_000
    side: int = 6
    steadiness: float = 10.0
    epsilon: float = 0.1
    n_filters: int = 512
    iterations: int = 10
    threshold: float = 0.25


DEFAULT = Parameters()


@dataclass(frozen=True, slots=True)
class Filters:
    """Centroids of whitened patches, as one linear map of a normalised patch.

    ``weights`` (n_filters, side * side * 3) float32 and ``offsets`` (n_filters,) float32: the response to a patch p (laid out
    as rows, columns, channels) is max(0, weights · normalise(p) - offsets).
    """

    weights: NDArray[np.float32]
    offsets: NDArray[np.float32]
    parameters: Parameters

    @property
    def key(self) -> str:
        """Sha256 hex of the filters."""
        content = self.weights.tobytes() + self.offsets.tobytes() + repr(self.parameters).encode()
        return hashlib.sha256(content).hexdigest()

    def made_by(self, side: int) -> str:
        """What looks at images of ``side`` px, for people."""
        return f"{len(self.weights)} filters of the dataset's own patches, sha256 {self.key[:16]}, {side} px"
