import pytest
import torch

from datadoctor.stages.embeddings.pooling import MOST_CHANNELS, projection, quarters

MAPS = torch.arange(2 * 3 * 4 * 4).view(2, 3, 4, 4).float().square()
EXPECTED = torch.stack(
    [
        torch.stack([MAPS[:, :, top : top + 2, left : left + 2].mean((2, 3)) for left in (0, 2)], dim=2)
        for top in (0, 2)
    ],
    dim=2,
)  # fmt: skip


@pytest.mark.parametrize(
    "output",
    [
        MAPS,
        MAPS.permute(0, 2, 3, 1),
        MAPS.flatten(2).transpose(1, 2),
        torch.cat([torch.full((2, 1, 3), 1e6), MAPS.flatten(2).transpose(1, 2)], dim=1),
    ],
    ids=["maps", "channels last", "tokens", "tokens after one for the class"],
)
def test_quarters_of_maps_and_tokens(output: torch.Tensor) -> None:
    torch.testing.assert_close(quarters(output, None), EXPECTED)


def test_tokens_that_are_no_grid_have_their_mean_everywhere() -> None:
    tokens = torch.randn(2, 7, 3)
    torch.testing.assert_close(quarters(tokens, None), tokens.mean(1)[:, :, None, None].expand(2, 3, 2, 2))


def test_one_position_is_all_four_quarters() -> None:
    torch.testing.assert_close(quarters(MAPS[:, :, :1, :1], None), MAPS[:, :, :1, :1].expand(2, 3, 2, 2))


def test_many_channels_are_projected_and_keep_their_distances() -> None:
    torch.manual_seed(1)
    maps = torch.randn(20, 2048, 2, 2)
    found = quarters(maps, projection(2048))
    assert found.shape == (20, MOST_CHANNELS, 2, 2)
    ratio = torch.pdist(found.flatten(1)) / torch.pdist(maps.flatten(1))
    assert 0.8 < float(ratio.min()) < float(ratio.max()) < 1.2
    torch.testing.assert_close(found, quarters(maps, projection(2048)))
    assert projection(MOST_CHANNELS) is None
