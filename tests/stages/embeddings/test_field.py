"""How wide a place sees: known of small networks."""

import pytest
import torch
from torch import nn

from datadoctor.stages.embeddings.field import field_of

SIDE = 60


def field(module: nn.Module) -> float:
    torch.manual_seed(0)
    images = torch.rand(2, 3, SIDE, SIDE).requires_grad_()
    return field_of(module(images), images)


@pytest.mark.parametrize("width", [1, 5, 21])
def test_a_place_sees_as_wide_as_its_filter(width: int) -> None:
    layer = nn.Conv2d(3, 8, width, padding=width // 2, bias=False)
    nn.init.constant_(layer.weight, 1.0)
    assert field(layer) * SIDE == pytest.approx(max(width * 0.75**0.5, 1), abs=1.5)


def test_deeper_is_wider_and_a_mean_over_the_image_sees_all_of_it() -> None:
    layers = [nn.Conv2d(3 if i == 0 else 4, 4, 3, padding=1) for i in range(6)]
    fields = [field(nn.Sequential(*layers[: i + 1])) for i in (0, 2, 5)]
    assert fields == sorted(fields)
    assert fields[-1] < 14 / SIDE
    assert field(nn.AdaptiveAvgPool2d(1)) > 0.8
