"""What turns a batch of images into vectors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from datadoctor.stages.embeddings import Stage
from datadoctor.stages.embeddings.places import Places


class Extractor(Protocol):
    """A network with fixed weights."""

    @property
    def key(self) -> str:
        """Changes whenever a bit of a vector could: what it computes, arithmetic, kind of processor, versions."""
        ...

    @property
    def computes(self) -> str:
        """Changes whenever a vector could by more than rounding: model, weights hash, how images are shown, stages."""
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
    def runs_in(self) -> str:
        """The library that runs the network, and why it is not the faster one. Starts it if that was not yet done."""
        ...

    @property
    def side(self) -> int:
        """Images are squashed to a square of this many pixels."""
        ...

    @property
    def resampling(self) -> str:
        """How: 'bicubic' or 'bilinear'."""
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

    @property
    def view_stages(self) -> Mapping[str, tuple[Stage, ...]]:
        """Of further views that are stages of a further network side by side: these, by columns of the view."""
        ...

    def embed_views(self, batch: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float16]]:
        """``embed(batch)``, and further views of the same images (batch_size, e) float16: each has rows of length 1."""
        ...

    def rest(self) -> None:
        """Let go of the memory of what runs it; the next batch starts it again."""
        ...

    def places(self, batch: NDArray[np.uint8]) -> tuple[Places, ...]:
        """Of images (m, side, side, 3) uint8 RGB, m of any number: where it sees what its vectors and further views are made of."""
        ...

    def fields(self) -> tuple[float, ...]:
        """Of each of ``stages``: how much of the image's side a place of its maps sees, in (0, 1].

        Raises ``NotAvailableError`` where what runs the network does not say.
        """
        ...


def embedded(extractor: Extractor, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(m, d) of images (m, side, side, 3) uint8 RGB, m of any number; what runs the network is let go of."""
    found = np.zeros((len(images), extractor.stages[-1].stop), np.float32)
    for start, batch in filled_batches(images, extractor.batch_size):
        part = found[start : start + extractor.batch_size]
        part[:] = extractor.embed(batch)[: len(part)]
    extractor.rest()
    return found


def filled_batches(images: NDArray[np.uint8], size: int) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    """Where each batch begins, and ``size`` images (size, s, s, 3), the last batch filled up: no vector depends on how many there are."""
    for start in range(0, len(images), size):
        batch = np.zeros((size, *images.shape[1:]), dtype=np.uint8)
        part = images[start : start + size]
        batch[: len(part)] = part
        yield start, batch
