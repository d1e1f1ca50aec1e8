"""Fits applied to what changed: the same stages see the same, and what did not change is not opened."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from datadoctor.config import Config
from datadoctor.errors import NotAvailableError
from datadoctor.flow import Flow, fits
from datadoctor.flow.changed import Changed
from datadoctor.flow.held import hold
from datadoctor.progress import Silent
from datadoctor.sources.choice import list_source
from datadoctor.stages import every
from tests.stages.listings import write_images

N = 24


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Flow:
    root = tmp_path_factory.mktemp("base")
    for seed, name in enumerate(("ant", "bee")):
        write_images(root / "images" / name, N // 2, seed=seed)
    config = Config(model="filters", out=root / "run", cache=root / "cache", device="cpu")
    return Flow(root / "images", config, Silent())


@pytest.fixture(scope="module")
def fitted(base: Flow) -> fits.Fits:
    return fits.of_flow(base)


def test_all_fits_are_kept_and_come_back(fitted: fits.Fits, tmp_path: Path) -> None:
    assert set(fitted) == {stage.name for stage in every().values() if stage.fits}
    digest = fits.keep(fitted, tmp_path)
    assert fits.is_kept(digest, tmp_path)
    again = fits.fetch(digest, tmp_path)
    assert again is not None
    assert fits.keep(again, tmp_path) == digest
    np.testing.assert_array_equal(again["filters"].weights, fitted["filters"].weights)


def test_the_fits_see_in_the_base_what_the_base_saw(base: Flow, fitted: fits.Fits) -> None:
    reference = fitted["reference"]
    strangers = replace(reference, images=replace(reference.images, digests=("",) * N))
    with hold(base["listing"], {**fitted, "reference": strangers}, base.config, Silent()) as held:
        assert (held.base_rows == -1).all()
        np.testing.assert_array_equal(held.new_rows, np.arange(N))
        np.testing.assert_array_equal(held.flow["embeddings"].vectors, reference.vectors)
        assert held.images.digests == base["images"].digests


def test_only_what_is_new_is_opened(base: Flow, fitted: fits.Fits, tmp_path: Path) -> None:
    root = tmp_path / "images"
    for file in base.source.rglob("*.png"):
        (root / file.parent.name).mkdir(parents=True, exist_ok=True)
        (root / file.parent.name / file.name).write_bytes(file.read_bytes())
    write_images(root / "cat", 2, seed=5)
    # A class that a hierarchy does not know yet is nothing to end with.
    config = replace(base.config, hierarchy=tmp_path / "absent.csv")
    with hold(list_source(root, config), fitted, config, Silent()) as held:
        changed = Changed(held, frozenset({"cat/000.png", "cat/001.png"}))
        assert held.flow["reading"].decoded == 2
        assert (held.base_rows >= 0).sum() == N
        values = changed.values
        assert {"cat/000.png", "cat/001.png"} <= set(values["dataset"].paths)
        assert values["isolation"].shape == (len(values["dataset"]),)
        assert ("label_quality" in values) == (fitted["label_judge"] is not None)


def test_without_an_image_there_is_nothing_to_compare_with(base: Flow, tmp_path: Path) -> None:
    (tmp_path / "images" / "ant").mkdir(parents=True)
    (tmp_path / "images" / "ant" / "x.png").write_bytes(b"no image")
    flow = Flow(tmp_path / "images", replace(base.config, out=tmp_path / "run", cache=tmp_path), Silent())
    with pytest.raises(NotAvailableError, match="no image"):
        fits.of_flow(flow)
