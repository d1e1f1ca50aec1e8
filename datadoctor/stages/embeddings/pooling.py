"""Pooling: the output of any layer, maps or tokens, to one vector an image."""

from __future__ import annotations

import functools
import math

import torch
from torch import Tensor, nn

# Channels in a quarter; more are projected at random onto as many, which keeps distances (Johnson & Lindenstrauss 1984).
MOST_CHANNELS = 512


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


def quarters(output: Tensor) -> Tensor:
    """(B, min(d, 512), 2, 2) float32: the mean over each quarter of the image, of what ``pooled`` takes.

    Tokens that are no square grid, even without a first one for the class, have their mean in every quarter.
    """
    maps = _as_maps(output.float())
    found = nn.functional.adaptive_avg_pool2d(maps, 2)
    if maps.shape[1] <= MOST_CHANNELS:
        return found
    projected: Tensor = torch.einsum("bdhw,ed->behw", found, _projection(maps.shape[1], found.device))
    return projected


@functools.lru_cache(maxsize=4)
def _projection(channels: int, device: torch.device) -> Tensor:
    """(MOST_CHANNELS, channels) float32: always the same random directions."""
    random = torch.randn(MOST_CHANNELS, channels, generator=torch.Generator().manual_seed(0)) / MOST_CHANNELS**0.5
    moved: Tensor = random.to(device)
    return moved


def _as_maps(output: Tensor) -> Tensor:
    """(B, d, h, w)."""
    if output.ndim == 4:
        return output.permute(0, 3, 1, 2) if channels_last(output) else output
    side = math.isqrt(output.shape[1])
    if side**2 not in {output.shape[1], output.shape[1] - 1}:
        return output.mean(dim=1)[:, :, None, None]
    return output[:, -(side**2) :].transpose(1, 2).reshape(len(output), -1, side, side)
