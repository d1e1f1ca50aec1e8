"""What turns a batch of images into vectors."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from datadoctor.stages.embeddings import Stage


class Extractor(Protocol):
    """A network with fixed weights."""

    @property
    def key(self) -> str:
        """Changes whenever a vector could: model, weights hash, input side, arithmetic, versions."""
        ...

    @property
    def made_by(self) -> str:
        """Model, weights hash and input side, for people."""
        ...

    @property
    def weights_sha256(self) -> str:
        """Hash of the weights, however they were stored."""
        ...

    @property
    def side(self) -> int:
        """Images are squashed to a square of this many pixels."""
        ...

    @property
    def batch_size(self) -> int:
        """How many images ``embed`` takes, always."""
        ...

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The columns of the vectors."""
        ...

    def embed(self, batch: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(batch_size, side, side, 3) uint8 RGB to (batch_size, d) float32 rows of length 1."""
        ...

    @property
    def views(self) -> tuple[Stage, ...]:
        """The columns of the further views that ``embed_views`` makes."""
        ...

    def embed_views(self, batch: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float16]]:
        """``embed(batch)``, and further views of the same images (batch_size, e) float16: each has rows of length 1."""
        ...
