"""Pooling: the output of any layer, maps or tokens, to one vector an image."""

from __future__ import annotations

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
    _, first, second, third = map(int, output.shape)
    return first == second != third


def projection(channels: int) -> Tensor | None:
    """(512, channels) float32: the random directions that stand for more than 512 channels; None where there are fewer."""
    if channels <= MOST_CHANNELS:
        return None
    random: Tensor = torch.randn(MOST_CHANNELS, channels, generator=torch.Generator().manual_seed(0))
    random /= MOST_CHANNELS**0.5
    return random


def quarters(output: Tensor, projected_by: Tensor | None) -> Tensor:
    """(B, min(d, 512), 2, 2) float32: the mean over each quarter of the image, of what ``pooled`` takes.

    ``projected_by``: ``projection(d)``. Tokens that are no square grid, even without a first one for the class, have their mean
    in every quarter.
    """
    found = nn.functional.adaptive_avg_pool2d(as_maps(output.float()), 2)
    return found if projected_by is None else torch.einsum("bdhw,ed->behw", found, projected_by)


def as_maps(output: Tensor) -> Tensor:
    """Maps or tokens, as ``pooled`` takes them, as maps (B, d, h, w); tokens that are no grid have their mean in the one position."""
    if output.ndim == 4:
        return output.permute(0, 3, 1, 2) if channels_last(output) else output
    # While a module is traced for another runtime its sizes are tensors; here they are constants.
    n_tokens = int(output.shape[1])
    side = math.isqrt(n_tokens)
    if side**2 not in {n_tokens, n_tokens - 1}:
        return output.mean(dim=1)[:, :, None, None]
    tokens = output[:, n_tokens - side**2 :].transpose(1, 2)
    return tokens.reshape(*tokens.shape[:2], side, side)


def quarter_cells(height: int, width: int) -> Tensor:
    """(4, height * width): what each position adds to the mean over each quarter, as ``quarters`` takes it."""
    every = torch.eye(height * width).view(height * width, height, width)
    return nn.functional.adaptive_avg_pool2d(every, 2).flatten(1).T.contiguous()
