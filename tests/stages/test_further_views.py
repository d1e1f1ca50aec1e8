"""The network's further views reach the judgement of labels, and nothing else."""

from pathlib import Path

import numpy as np
import pytest
import torch
import torchvision

from datadoctor.config import Config
from datadoctor.flow import Flow
from datadoctor.progress import Silent
from datadoctor.stages.embeddings import kernel
from tests.stages.listings import write_images


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("images")
    for seed, name in enumerate(("ant", "bee", "cat")):
        write_images(root / name, 12, seed=seed)
    return root


def flow(images: Path, folder: Path, **settings: object) -> Flow:
    config = {"out": folder / "run", "cache": folder / "cache", "device": "cpu", **settings}
    return Flow(images, Config(**config), Silent())  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def seen(images: Path, tmp_path_factory: pytest.TempPathFactory) -> Flow:
    folder = tmp_path_factory.mktemp("work")
    torch.manual_seed(0)
    torch.save(torchvision.models.squeezenet1_1(weights=None).state_dict(), folder / "w.pth")
    return flow(images, folder, model="squeezenet1_1", weights=folder / "w.pth")


def test_each_is_a_view_of_its_own(seen: Flow) -> None:
    names = [view.name for view in seen["views"]]
    assert names == ["network", "network (quarters)", "own filters"]
    for predictions in seen["further_predictions"]:
        assert predictions.probabilities.shape == (36, 3)
        np.testing.assert_allclose(predictions.probabilities.sum(axis=1), 1, atol=1e-5)
        np.testing.assert_array_equal(predictions.folds, seen["predictions"].folds)


def test_of_many_small_images_they_are_one_view_how_alike_images_are(
    seen: Flow, images: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert seen["likeness"] is None
    monkeypatch.setattr(kernel, "ENOUGH_OF_A_CLASS", 12)
    many = flow(images, tmp_path, model="efficientnet_lite0")
    assert [view.name for view in many["views"]] == ["network", "network (likeness)", "own filters"]
    assert many["further_predictions"] == ()
    predictions = many["likeness_predictions"]
    assert predictions.probabilities.shape == (36, 3)
    np.testing.assert_allclose(predictions.probabilities.sum(axis=1), 1, atol=1e-5)
    # Folds keep copies together, as those of the other probes.
    assert len(set(predictions.folds.tolist())) > len(set(many["predictions"].folds.tolist()))
    # The same images see themselves the same through what is kept for later ones.
    kept = many["landmarks"]
    again = kernel.columns(kept, [many["embeddings"].vectors, many["further_views"][0].vectors], tmp_path / "again.npy")
    np.testing.assert_array_equal(again, many["likeness"].vectors)


def test_photographs_are_not_compared_so(images: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel, "ENOUGH_OF_A_CLASS", 12)
    config = Config(model="efficientnet_lite0", out=tmp_path / "run", cache=tmp_path / "cache", device="cpu")
    assert Flow(images, config, Silent(), {"short_side": 65})["landmarks"] is None


def test_the_quarters_are_whole_whichever_stages_serve(seen: Flow) -> None:
    assert [view.vectors.shape for view in seen["further_views"]] == [(36, 4 * 512)]


def test_without_a_network_there_are_none(images: Path, tmp_path: Path) -> None:
    alone = flow(images, tmp_path, model="filters")
    assert alone["further_views"] == ()
    assert [view.name for view in alone["views"]] == ["own filters"]
