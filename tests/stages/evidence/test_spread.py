"""A map and what has no place add up to the logit that the probe computed from the vector, whatever the network."""

from collections.abc import Sequence

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from torch import Tensor, nn

from datadoctor.stages.embeddings import NETWORK, OWN_FILTERS, Stage, further
from datadoctor.stages.embeddings.network import Network
from datadoctor.stages.embeddings.network_extractor import NetworkExtractor
from datadoctor.stages.embeddings.patches import _Network, filter_places, learn_filters
from datadoctor.stages.embeddings.several import Several
from datadoctor.stages.evidence.spread import Spreader, on_grid
from datadoctor.stages.predictions import FoldProbes, Predictions, probe

N, K, FOLDS = 60, 4, 3
LABELS = (np.arange(N) % K).astype(np.int32)
IN_FOLD = (np.arange(N) // K % FOLDS).astype(np.int8)


class Tokens(nn.Module):
    """A transformer in small: a token of the class before those of a grid."""

    def __init__(self) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, 12, 8, stride=8)
        self.first, self.second, self.third = (nn.Linear(12, 12) for _ in range(3))

    def forward(self, images: Tensor) -> Tensor:
        grid = self.patches(images).flatten(2).transpose(1, 2)
        x = torch.cat([grid.mean(dim=1, keepdim=True) + 1, grid], dim=1)
        for layer in (self.first, self.second, self.third):
            x = torch.relu(layer(x)) + x
        return x


def convolutions() -> nn.Module:
    shapes = ((3, 8), (8, 12), (12, 16), (16, 600))  # more than 512: quarters are projected
    return nn.Sequential(*[nn.Conv2d(inputs, outputs, 3, stride=2) for inputs, outputs in shapes])


def extractor(module: nn.Module, side: int = 64) -> NetworkExtractor:
    network = Network("made here", module, side, (0.5,) * 3, (0.25,) * 3, "00")
    return NetworkExtractor(network, torch.device("cpu"))


def made(kind: str) -> NetworkExtractor | Several:
    torch.manual_seed(1)
    if kind == "tokens":
        return extractor(Tokens())
    if kind == "several":
        return Several([extractor(convolutions()), extractor(Tokens(), 40)], ["a", "b"])
    return extractor(convolutions(), 61)  # maps with odd sides: quarters overlap


def images(side: int, n: int = N) -> NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 256, (n, side, side, 3), dtype=np.uint8)


def fitted(vectors: NDArray[np.float32] | NDArray[np.float16]) -> tuple[Predictions, FoldProbes]:
    found = probe.predict(vectors, LABELS, K, IN_FOLD, penalty=0.01, keep_probes=True)
    assert found.probes
    return found, found.probes


def embedded(eye: NetworkExtractor | Several) -> tuple[NDArray[np.float32], NDArray[np.float16]]:
    shown, size = images(eye.side), eye.batch_size
    batches = [np.concatenate([shown[i : i + size]] + [shown[:1]] * max(0, size - N + i)) for i in range(0, N, size)]
    parts = [eye.embed_views(batch) for batch in batches]
    return np.concatenate([one for one, _ in parts])[:N], np.concatenate([one for _, one in parts])[:N]


@pytest.mark.parametrize("kind", ["convolutions", "tokens", "several"])
def test_maps_add_up_to_the_logits_of_the_probes(kind: str) -> None:
    eye = made(kind)
    vectors, views = embedded(eye)
    seen: dict[str, NDArray[np.float32] | NDArray[np.float16]] = {NETWORK: vectors}
    stages: dict[str, Sequence[Stage]] = {NETWORK: eye.stages}
    for view in eye.views:
        seen[further(view.name)] = views[:, view.start : view.stop]
        stages[further(view.name)] = eye.view_stages.get(view.name, (Stage(view.name, 0, view.stop - view.start),))
    probes = {name: fitted(columns)[1] for name, columns in seen.items()}
    weights = {name: 0.5 + number for number, name in enumerate(seen)}
    spreader = Spreader(probes, stages, weights)
    rows = [3, 17, 44]
    found = spreader.spread(eye.places(images(eye.side)[rows]), IN_FOLD[rows].tolist(), [(0, 2)] * len(rows))
    for row, of_image in zip(rows, found, strict=True):
        assert {one.view for one in of_image} == set(seen)
        maps, elsewhere = spreader.pooled(of_image, int(IN_FOLD[row]), (0, 2))
        expected = [
            sum(weights[name] * logit(probes[name], seen[name][row], int(IN_FOLD[row]), c) for name in seen)
            for c in (0, 2)
        ]
        # Further views are kept in 16 bits, the maps are not: their probes see a rounded vector.
        near = 5e-3 * sum(weights.values())
        np.testing.assert_allclose(maps.sum(axis=(1, 2)) + elsewhere, expected, atol=near)
        of_vectors = [one for one in of_image if one.view == NETWORK]
        alone = sum(one.maps.sum(axis=(1, 2)) + one.elsewhere for one in of_vectors)
        intercepts = [probes[NETWORK].of_class(int(IN_FOLD[row]), c)[2] for c in (0, 2)]
        exact = [logit(probes[NETWORK], vectors[row], int(IN_FOLD[row]), c) for c in (0, 2)]
        np.testing.assert_allclose(alone + np.array(intercepts), exact, atol=1e-4)


def test_maps_of_own_filters_add_up_though_their_columns_are_roots() -> None:
    small = images(40)
    filters = learn_filters(small)
    network = _Network(filters, 40, "cpu")
    vectors = np.concatenate([network.embed(small[start : start + 10]) for start in range(0, N, 10)])
    probes = fitted(vectors)[1]
    spreader = Spreader(
        {OWN_FILTERS: probes}, {OWN_FILTERS: (Stage("filters", 0, vectors.shape[1]),)}, {OWN_FILTERS: 1}
    )
    found = spreader.spread([filter_places(filters, small[[5]])], [int(IN_FOLD[5])], [(1, 3)])[0]
    maps, elsewhere = spreader.pooled(found, int(IN_FOLD[5]), (1, 3))
    expected = [logit(probes, vectors[5], int(IN_FOLD[5]), c) for c in (1, 3)]
    np.testing.assert_allclose(maps.sum(axis=(1, 2)) + elsewhere, expected, atol=1e-4)


def test_what_has_no_place_is_told_with_its_weight() -> None:
    probes = fitted(np.random.default_rng(0).normal(size=(N, 8)).astype(np.float32))[1]
    weights = {NETWORK: 0.6, OWN_FILTERS: 0.0, "likeness": 0.3, "neighbours": 0.3}
    spreader = Spreader({NETWORK: probes}, {}, weights)
    assert spreader.share == pytest.approx(0.5)
    assert spreader.without == ("likeness", "neighbours")
    assert Spreader({NETWORK: probes}, {}, {NETWORK: 0.6}).without == ()


def test_differences_of_logits_are_those_of_the_probabilities() -> None:
    vectors = np.random.default_rng(0).normal(size=(N, 600)).astype(np.float32)  # more than 512 columns: rotated
    predictions, probes = fitted(vectors)
    for row in (0, 31):
        first, second = (logit(probes, vectors[row], int(IN_FOLD[row]), c) for c in (0, 1))
        p = predictions.probabilities[row].astype(np.float64)
        assert first - second == pytest.approx(np.log(p[0] / p[1]), abs=1e-3)


def logit(probes: FoldProbes, vector: NDArray[np.float32] | NDArray[np.float16], fold: int, number: int) -> float:
    slope, mean, intercept = probes.of_class(fold, number)
    return float((vector.astype(np.float64) - mean) @ slope + intercept)


@given(st.integers(1, 45), st.integers(1, 45), st.integers(1, 45), st.integers(0, 2**31))
@settings(max_examples=40, deadline=None)
def test_a_map_on_another_grid_keeps_its_sum_and_its_place(height: int, width: int, side: int, seed: int) -> None:
    maps = np.random.default_rng(seed).normal(size=(2, height, width))
    found = on_grid(maps, side)
    assert found.shape == (2, side, side)
    np.testing.assert_allclose(found.sum(axis=(1, 2)), maps.sum(axis=(1, 2)), atol=1e-9)


def test_a_corner_stays_in_its_corner() -> None:
    corner = np.zeros((1, 5, 7))
    corner[0, 0, 6] = 1
    found = on_grid(corner, 20)[0]
    assert found[:8, 12:].sum() == pytest.approx(1, abs=0.05)
    assert found[0, 19] == found.max()
