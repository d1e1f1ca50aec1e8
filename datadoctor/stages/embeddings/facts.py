"""What is known of a network before it looks at anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from datadoctor.stages.embeddings import Stage

# As fast an image on a processor as larger ones, in less memory.
BATCH_SIZE = 32
BATCH_SIZE_ON_GPU = 256


def batch_size_on(kind: str) -> int:
    """How many images go through a network together, on a 'cpu' or on 'cuda'."""
    return BATCH_SIZE_ON_GPU if kind == "cuda" else BATCH_SIZE


@dataclass(frozen=True)
class Facts:
    """A network, how it is shown images, and what it makes of one.

    ``side``, in pixels, ``mean``, ``std``, ``resampling``, ``weights_sha256``: see ``network.Network``. ``names`` and ``sizes`` are those
    of the stages that are read, ``view_sizes`` those of the further views.
    """

    name: str
    weights_sha256: str
    side: int
    mean: Sequence[float]
    std: Sequence[float]
    resampling: str
    names: tuple[str, ...]
    sizes: tuple[int, ...]
    view_sizes: Mapping[str, int]

    @property
    def made_by(self) -> str:
        """See ``Extractor``."""
        return f"{self.name}, weights sha256 {self.weights_sha256[:16]}, {self.side} px"

    @property
    def computes(self) -> str:
        """See ``Extractor``."""
        shown = f"mean {self.mean}, std {self.std}, {self.resampling}"
        return f"{self.made_by}, {shown}, {','.join(self.names)}, {', '.join(self.view_sizes)}"

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The columns of the vectors."""
        return _side_by_side(self.names, self.sizes)

    @property
    def views(self) -> tuple[Stage, ...]:
        """The columns of the further views."""
        return _side_by_side(tuple(self.view_sizes), tuple(self.view_sizes.values()))


class Described:
    """What an ``Extractor`` says of itself; see there."""

    def __init__(self, facts: Facts, key: str, batch_size: int) -> None:
        self.key, self.batch_size = key, batch_size
        self.computes, self.made_by, self.weights_sha256 = facts.computes, facts.made_by, facts.weights_sha256
        self.side, self.resampling = facts.side, facts.resampling
        self.stages, self.views = facts.stages, facts.views
        self.view_stages: Mapping[str, tuple[Stage, ...]] = {}


def _side_by_side(names: Sequence[str], sizes: Sequence[int]) -> tuple[Stage, ...]:
    ends = np.cumsum(sizes).tolist()
    return tuple(Stage(name, end - size, end) for name, size, end in zip(names, sizes, ends, strict=True))
