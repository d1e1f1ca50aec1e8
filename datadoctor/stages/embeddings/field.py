"""How wide a place of a network's maps sees: less than what could reach it in theory, since the middle counts most."""

from __future__ import annotations

import torch
from torch import Tensor

# Of what a place follows from, the share that lies within its field.
HELD = 0.75


def field_of(maps: Tensor, images: Tensor) -> float:
    """The share of the image's side, in (0, 1], of the square around the middle place that holds ``HELD`` of its squared gradients.

    ``maps`` (B, d, h, w) follow from ``images`` (B, 3, s, s), which have gradients. Effective receptive field: Luo et al. 2016, NIPS 29.
    """
    height, width = maps.shape[2:]
    side, row, column = images.shape[-1], height // 2, width // 2
    (gradient,) = torch.autograd.grad(maps[:, :, row, column].square().sum(), images, retain_graph=True)
    energy = gradient.square().sum(dim=(0, 1))
    at = torch.arange(side, device=images.device) + 0.5
    rows, columns = (at - (row + 0.5) * side / height).abs(), (at - (column + 0.5) * side / width).abs()
    away, order = torch.maximum(rows[:, None], columns[None, :]).flatten().sort()
    held = energy.flatten()[order].cumsum(0)
    reach = away[int(torch.searchsorted(held, HELD * held[-1]).clamp(max=len(away) - 1))]
    return min(max(2 * float(reach) / side, 1 / side), 1.0)
