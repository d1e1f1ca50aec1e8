"""Embeddings: one vector an image, from several stages of a network in one pass."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# The views that images are looked at through: the network (or embeddings that stand for one), and the dataset's own filters.
NETWORK, OWN_FILTERS = "network", "own filters"
# The further view that lies in one space with text, of networks that were trained with captions.
TEXT_SPACE = "text space"
# The further view that is how alike images are in all that networks see of them.
LIKENESS = "likeness"


@dataclass(frozen=True, slots=True)
class Stage:
    """The columns ``start:stop`` of the vectors that one stage of the network made, earliest stage first."""

    name: str
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Embeddings:
    """One vector an image, row-aligned with the dataset.

    ``vectors`` (n, d) float32, possibly memory-mapped and read-only: the mean-pooled outputs of the stages side by side,
    each stage's block scaled to length 1/sqrt(number of stages), so that every row has length 1 and a dot product is a
    cosine (a row is all zeros only where the network's response is). ``made_by`` names model, weights hash and input size.
    """

    vectors: NDArray[np.float32]
    stages: tuple[Stage, ...]
    made_by: str

    def stage(self, name: str) -> NDArray[np.float32]:
        """The block (n, d_stage) of one stage: a view, with rows of length 1/sqrt(number of stages)."""
        found = next(stage for stage in self.stages if stage.name == name)
        return self.vectors[:, found.start : found.stop]


@dataclass(frozen=True, slots=True)
class FurtherView:
    """What a network saw of the images besides: ``vectors`` (n, e) float16, rows of length 1, possibly memory-mapped."""

    name: str
    vectors: NDArray[np.float16]


@dataclass(frozen=True, slots=True)
class Landmarks:
    """Images that others are compared with: ``points`` (m, d) float32, what is seen of them, by ``scales`` (d,) float32.

    ``factor`` (m, m) float32: the lower Cholesky factor of their likenesses to each other.
    """

    scales: NDArray[np.float32]
    points: NDArray[np.float32]
    factor: NDArray[np.float32]


def further(view: str) -> str:
    """The name of a further view of the network."""
    return f"{NETWORK} ({view})"
