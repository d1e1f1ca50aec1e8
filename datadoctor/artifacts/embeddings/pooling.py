"""Pooling: the output of any layer, maps or tokens, to one vector an image."""

from __future__ import annotations

from torch import Tensor


def pooled(output: Tensor) -> Tensor:
    """The mean over positions, (B, d) float32, of maps (B, d, h, w) or (B, h, w, d) or of tokens (B, n, d).

    Transformers with windows keep channels last: of four axes, those two that are equal and small are the positions.
    """
    if output.ndim == 3:
        return output.float().mean(dim=1)
    if channels_last(output):
        return output.float().mean(dim=(1, 2))
    return output.float().mean(dim=(2, 3))


def channels_last(output: Tensor) -> bool:
    """Whether the four axes are (B, h, w, d): square positions before the channels."""
    _, first, second, third = output.shape
    return first == second != third
