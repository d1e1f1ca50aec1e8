"""Places: what an eye sees at each position of an image, before it is averaged into a vector."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_TINY = 1e-30


@dataclass(frozen=True)
class Places:
    """Maps of m images, and how a stage's block of their vectors was made of them.

    ``view``: the further view of the extractor, '' for its vectors; ``stage``: the stage whose block it is. ``maps`` (m, c, h, w)
    float32. ``cells`` (q, h * w) float32: what each position adds to the mean over each of q parts of the image. ``rest`` (m, c, q)
    float32: what else is in the mean and has no position, as the token of the class; None for nothing. The block is these means, or
    if ``rooted`` their square roots, scaled to one length; channel by channel with the q parts of each, or part by part if
    ``part_by_part``.
    """

    view: str
    stage: str
    maps: NDArray[np.float32]
    cells: NDArray[np.float32]
    rooted: bool = False
    part_by_part: bool = False
    rest: NDArray[np.float32] | None = None

    @property
    def means(self) -> NDArray[np.float64]:
        """(m, c, q): the mean of each channel over each part."""
        placed = (self.maps.reshape(*self.maps.shape[:2], -1) @ self.cells.T).astype(np.float64)
        return placed if self.rest is None else np.asarray(placed + self.rest)

    def factors(self, means: NDArray[np.float64]) -> NDArray[np.float64]:
        """(m, c, q): what ``means`` are multiplied by to give a block of length 1; of an image a constant, if not ``rooted``."""
        roots = np.sqrt(np.maximum(means, 0)) if self.rooted else means
        length = np.maximum(np.sqrt((roots**2).sum(axis=(1, 2), keepdims=True)), _TINY)
        # A root as a product: of the mean with one over its own root.
        return np.asarray((1 / np.maximum(roots, _TINY) if self.rooted else np.ones_like(means)) / length)

    def by_channel(self, block: NDArray[np.float64]) -> NDArray[np.float64]:
        """The block (c * q,) as (c, q)."""
        channels, parts = self.maps.shape[1], len(self.cells)
        return block.reshape(parts, channels).T if self.part_by_part else block.reshape(channels, parts)
