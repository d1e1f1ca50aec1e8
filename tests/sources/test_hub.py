"""Datasets of the Hugging Face hub, from a folder in its place: the library loads both alike."""

from __future__ import annotations

from pathlib import Path

import pytest

from datadoctor.config import Config
from datadoctor.errors import DataDoctorError
from datadoctor.sources.choice import list_source
from tests.sources.packs import digits, parquet
from tests.sources.test_formats import keys

datasets = pytest.importorskip("datasets")


def test_a_dataset_is_loaded_with_its_splits_and_the_names_of_its_classes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", str(tmp_path / "cache"))
    here = parquet(tmp_path / "org" / "name", digits(24))
    listing = list_source(Path("hf://datasets/org/name"), Config())
    assert listing.format == "hub"
    assert keys(listing) == keys(list_source(here, Config()))


def test_one_that_is_not_there_is_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", str(tmp_path / "cache"))
    with pytest.raises(DataDoctorError, match=r"hf://datasets/org/nothing: cannot be loaded") as caught:
        list_source(Path("hf://datasets/org/nothing"), Config())
    assert "\n" not in str(caught.value)
