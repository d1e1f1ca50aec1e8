"""A network to look through, wherever it comes from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from torch import Tensor, nn


class Outputs(Protocol):
    """Late stages of a network that no PyTorch module runs."""

    names: tuple[str, ...]

    def __call__(self, images: Tensor) -> list[Tensor]:
        """(B, 3, side, side), normalised, to the maps or tokens of each stage, earliest first."""
        ...


@dataclass(frozen=True)
class Network:
    """A pretrained network without its head, and how it wants to be shown an image.

    ``module``: takes (B, 3, side, side) float, each channel less ``mean`` and divided by ``std`` (of values 0 to 1); what it returns
    does not matter, its stages are read as it runs. ``resampling``: how images are brought to ``side``, 'bicubic' or 'bilinear'.
    ``weights_sha256``: hex, of ``weights.weights_digest``. ``outputs``: its stages where it is no module, and then ``runs_in`` names
    what runs it. ``text_space``: takes what ``module`` returns to (B, e) in the space that it shares with text; None where it reads none.
    """

    name: str
    module: nn.Module
    side: int
    mean: Sequence[float]
    std: Sequence[float]
    weights_sha256: str
    resampling: str = "bicubic"
    outputs: Outputs | None = None
    runs_in: str = ""
    text_space: nn.Module | None = None
