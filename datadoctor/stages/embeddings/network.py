"""A network to look through, wherever it comes from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch import nn


@dataclass(frozen=True)
class Network:
    """A pretrained network without its head, and how it wants to be shown an image.

    ``module``: takes (B, 3, side, side) float, each channel less ``mean`` and divided by ``std`` (of values 0 to 1); what it returns
    does not matter, its stages are read as it runs. ``resampling``: how images are brought to ``side``, 'bicubic' or 'bilinear'.
    ``weights_sha256``: hex, of ``weights.weights_digest``.
    """

    name: str
    module: nn.Module
    side: int
    mean: Sequence[float]
    std: Sequence[float]
    weights_sha256: str
    resampling: str = "bicubic"
