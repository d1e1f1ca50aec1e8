from pathlib import Path

import numpy as np
import pytest

from datadoctor.stages.embeddings.filters import Filters, Parameters
from datadoctor.stages.embeddings.patches import embed_filters, learn_filters

FEW = Parameters(n_patches=3000, n_filters=24, iterations=5)


def images(n: int, side: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (n, side // 4, side // 4, 3), dtype=np.uint8)
    smooth = coarse.repeat(4, axis=1).repeat(4, axis=2).astype(int) + rng.integers(-20, 20, (n, side, side, 3))
    return np.clip(smooth, 0, 255).astype(np.uint8)


def by_formula(filters: Filters, image: np.ndarray, n_fields: int, step: int) -> np.ndarray:
    """The definition, patch by patch, in float64."""
    places = len(range(0, image.shape[0] - 5, step))
    responses = np.empty((places, places, len(filters.weights)))
    for y in range(places):
        for x in range(places):
            patch = image[step * y :, step * x :][:6, :6].astype(float).ravel()
            normalised = (patch - patch.mean()) / (patch.std() + 10)
            responses[y, x] = np.maximum(0, filters.weights.astype(float) @ normalised - filters.offsets)
    edges = [(i * places // n_fields, -(-(i + 1) * places // n_fields)) for i in range(n_fields)]
    fields = [responses[top:bottom, left:right].mean(axis=(0, 1)) for top, bottom in edges for left, right in edges]
    vector: np.ndarray = np.sqrt(np.concatenate(fields))
    vector /= np.linalg.norm(vector)
    return vector


@pytest.mark.parametrize(("side", "n_fields", "step"), [(48, 3, 2), (36, 3, 1), (32, 2, 1)])
def test_the_fast_way_is_the_formula(tmp_path: Path, side: int, n_fields: int, step: int) -> None:
    small = images(3, side)
    filters = learn_filters(small, parameters=FEW)
    found = embed_filters(filters, small, tmp_path / "f.npy", device="cpu").vectors
    assert found.shape == (3, n_fields**2 * 24)
    for vector, image in zip(found, small, strict=True):
        expected = by_formula(filters, image, n_fields, step)
        assert vector @ expected > 0.9995
        np.testing.assert_allclose(vector, expected, atol=0.02)


def test_filters_are_unit_centroids_of_whitened_patches() -> None:
    small = images(50, 48)
    filters = learn_filters(small, parameters=FEW)
    rng = np.random.default_rng(1)
    patches = np.stack([small[i, y : y + 6, x : x + 6].ravel() for i, y, x in rng.integers(0, 43, (3000, 3))]).astype(
        float
    )
    patches -= patches.mean(axis=1, keepdims=True)
    patches /= patches.std(axis=1, keepdims=True) + 10
    # weights = centroid @ whitening, so over whitened patches of variance about 1 the responses have variance about 1.
    assert 0.7 < (patches @ filters.weights.T).var(axis=0).mean() < 1.6
    # Patches have mean zero, so the filters do not see brightness.
    assert np.abs(filters.weights.sum(axis=1)).max() < 1e-3 * np.abs(filters.weights).sum(axis=1).max()


def test_deterministic_and_independent_of_the_other_images(tmp_path: Path) -> None:
    small = images(20, 32)
    first, second = learn_filters(small, 3, FEW), learn_filters(small, 3, FEW)
    assert first.key == second.key != learn_filters(small, 4, FEW).key
    every = embed_filters(first, small, tmp_path / "a.npy", device="cpu").vectors
    some = embed_filters(first, small[17:], tmp_path / "b.npy", device="cpu").vectors
    np.testing.assert_array_equal(every[17:], some)


@pytest.mark.parametrize(
    "small", [np.full((4, 48, 48, 3), 7, np.uint8), images(1, 16), images(5, 32)[..., :1].repeat(3, 3)]
)
def test_constant_single_and_grey_images(tmp_path: Path, small: np.ndarray) -> None:
    found = embed_filters(learn_filters(small, parameters=FEW), small, tmp_path / "f.npy", device="cpu").vectors
    lengths = np.linalg.norm(found, axis=1)
    assert np.isfinite(found).all()
    assert all(length == 0 or abs(length - 1) < 1e-5 for length in lengths)


@pytest.mark.gpu
def test_filters_see_the_same_on_a_gpu(tmp_path: Path) -> None:
    small = images(40, 48)
    filters = learn_filters(small, parameters=FEW)
    cpu, gpu = (embed_filters(filters, small, tmp_path / d, device=d).vectors for d in ("cpu", "cuda"))
    assert (cpu * gpu).sum(axis=1).min() > 0.999
