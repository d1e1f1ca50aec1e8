"""Whether the second view is asked for, and what decides it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from datadoctor.config import Config
from datadoctor.flow import Flow
from datadoctor.progress import Silent
from datadoctor.stages.label_quality import second_view
from tests.stages.listings import write_images

N, CLASSES = 600, 4
LABELS = np.tile(np.arange(CLASSES, dtype=np.int32), N // CLASSES)
DIGESTS = [f"{row:064x}" for row in range(N)]


def _seen(share: float, seed: int, labels: NDArray[np.int32] = LABELS) -> NDArray[np.float32]:
    """Vectors of length 1 that tell the class of a share of the images, and nothing of the others."""
    random = np.random.default_rng(seed)
    vectors = random.normal(size=(len(labels), 24)).astype(np.float32)
    told = random.random(len(labels)) < share
    vectors[told, labels[told]] += 6
    scaled: NDArray[np.float32] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return scaled


@pytest.mark.parametrize("seed", range(3))
def test_a_view_that_tells_what_others_do_not_serves(seed: int) -> None:
    assert second_view.adds(_seen(0.6, seed), [_seen(0.6, seed + 10)], None, LABELS, DIGESTS, CLASSES)


def test_a_view_that_tells_what_given_probabilities_do_not_serves() -> None:
    brought = np.full((N, CLASSES), 1 / CLASSES, np.float32)
    assert second_view.adds(_seen(0.3, 0), [], brought, LABELS, DIGESTS, CLASSES)


@pytest.mark.parametrize("seed", range(3))
def test_noise_beside_a_view_that_tells_all_does_not_serve(seed: int) -> None:
    brought = np.where(np.eye(CLASSES, dtype=bool)[LABELS], 0.94, 0.02).astype(np.float32)
    assert not second_view.adds(_seen(0, seed), [], brought, LABELS, DIGESTS, CLASSES)


@pytest.mark.parametrize(
    ("labelled", "asked"), [(0, 0), (19_999, 0), (20_000, 2_000), (100_000, 5_000), (10**7, 20_000)]
)
def test_a_sample_is_asked_where_that_costs_little(labelled: int, asked: int) -> None:
    assert second_view.sample_size(labelled) == asked


def _audit_with(vectors: NDArray[np.float32], images: Path, folder: Path) -> Flow:
    names = sorted(str(file.relative_to(images)) for file in images.rglob("*.png"))
    np.savez(folder / "embeddings.npz", embeddings=vectors, paths=np.array(names))
    config = Config(out=folder / "run", cache=None, device="cpu", embeddings=folder / "embeddings.npz")
    return Flow(images, config, Silent())


def test_filters_that_add_nothing_are_not_looked_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    images = tmp_path / "images"
    for seed in range(2):  # of one kind: pixels tell nothing of the class
        write_images(images / f"class{seed}", 40, seed=seed)
    labels = np.repeat(np.arange(2, dtype=np.int32), 40)
    all_told = _seen(1, 0, labels)
    (tmp_path / "few").mkdir()
    few = _audit_with(all_told, images, tmp_path / "few")
    assert [view.name for view in few["views"]] == ["network", "own filters"], "few images are looked at unasked"
    monkeypatch.setattr(second_view, "sample_size", lambda n: n)
    (tmp_path / "many").mkdir()
    many = _audit_with(all_told, images, tmp_path / "many")
    assert not many["filters_serve"]
    assert [view.name for view in many["views"]] == ["network"]
    assert "filter_embeddings" not in many.made
