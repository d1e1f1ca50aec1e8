"""`explain --maps`: pictures of where an image speaks for its labels; or why there are none."""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import datadoctor
from datadoctor.errors import DataDoctorError, IncompleteError
from datadoctor.run import Run
from datadoctor.run.maps import Maps
from datadoctor.run.maps.drawing import GIVEN, SUGGESTED, overlay, pictures, strengths
from datadoctor.run.maps.kept import kept
from tests.run.whole import called, whole_run

ITEM = "train/stripes/03.png"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return whole_run(tmp_path_factory.mktemp("made"))


def test_three_pictures_of_an_image(made: Path, tmp_path: Path) -> None:
    ended = called(["explain", str(made / "run"), ITEM, "--maps", str(tmp_path)])
    assert ended.code == 0, ended
    names = [f"train__stripes__03.png.{kind}.png" for kind in ("given", "suggested", "both")]
    assert sorted(file.name for file in tmp_path.iterdir()) == sorted(names)
    assert all(str(tmp_path / name) in ended.told for name in names)
    said = json.loads((made / "run" / "summary.json").read_text())["label_errors"]["choices"]
    weights = dict(zip(said["views"], said["weights"], strict=True))
    share = weights["own filters"] / sum(weights.values())
    assert f"maps: {share:.0%} of what judged the label; without a place: neighbours" in ended.told
    width, height = Image.open(made / "images" / ITEM).size
    for name in names:
        size = Image.open(tmp_path / name).size
        assert max(size) == 320
        assert size[0] / size[1] == pytest.approx(width / height, rel=0.02)


def test_python_has_arrays_that_add_up_to_what_the_view_said(made: Path) -> None:
    found = datadoctor.maps(made / "run", ITEM)
    assert found.for_given.shape == found.for_suggested.shape == (20, 20)
    np.testing.assert_array_equal(found.difference, found.for_suggested - found.for_given)
    assert [stage.stage for stage in found.stages] == ["filters"]
    weight = found.weights["own filters"]
    placed = weight * found.stages[0].maps.sum(axis=(1, 2))
    np.testing.assert_allclose([found.for_given.sum(), found.for_suggested.sum()], placed, atol=1e-9)


def test_the_audit_keeps_maps_of_the_flagged(made: Path) -> None:
    run = Run(made / "run")
    evidence = kept(run)
    flagged = run.items[run.items["flagged"]]
    assert evidence
    assert set(evidence.rows.tolist()) == set(flagged["row"])
    assert set(evidence.digests) == set(flagged["digest"])
    again = datadoctor.maps(run, str(flagged["path"].iloc[0]))
    place = evidence.rows.tolist().index(int(flagged["row"].iloc[0]))
    np.testing.assert_allclose(evidence.maps[place], [again.for_given, again.for_suggested], atol=1e-5)


def test_an_image_that_is_gone_or_changed(tmp_path: Path) -> None:
    folder = whole_run(tmp_path)
    image = folder / "images" / ITEM
    Image.new("RGB", (48, 48), "red").save(image)
    ended = called(["explain", str(folder / "run"), ITEM, "--maps", str(tmp_path / "maps")])
    assert ended.code == 3
    assert f"{ITEM}: no maps: the image is gone, or changed" in ended.said
    image.unlink()
    assert called(["explain", str(folder / "run"), ITEM, "--maps", str(tmp_path / "maps")]).code == 3
    shutil.move(folder / "images", folder / "elsewhere")
    ended = called(["explain", str(folder / "run"), ITEM, "--maps", str(tmp_path / "maps")])
    assert ended.code == 3
    assert "the images are not here" in ended.said


def test_what_was_brought_does_not_say_where_it_looks(made: Path, tmp_path: Path) -> None:
    n = int(pd.read_parquet(made / "run/items.parquet")["readable"].sum())
    np.save(tmp_path / "brought.npy", np.random.default_rng(0).normal(size=(n, 8)).astype(np.float32))
    run = ["--out", str(tmp_path / "run"), "--cache", str(tmp_path / "cache")]
    audited = called(["audit", str(made / "images"), "--embeddings", str(tmp_path / "brought.npy"), *run])
    assert audited.code == 0, audited
    ended = called(["explain", str(tmp_path / "run"), ITEM, "--maps", str(tmp_path / "maps")])
    assert ended.code == 3
    assert "the embeddings were brought, and do not say where they look" in ended.said
    assert ended.said.count("\n") == 1


def test_a_run_of_before_has_no_maps(made: Path, tmp_path: Path) -> None:
    old = shutil.copytree(made / "run", tmp_path / "run")
    shutil.rmtree(old / "artifacts" / "stages" / "label_judgement")
    with pytest.raises(IncompleteError, match="run the audit again"):
        datadoctor.maps(old, ITEM)
    shutil.rmtree(old / "artifacts" / "stages" / "evidence_maps")
    assert kept(Run(old)) is None
    with pytest.raises(DataDoctorError, match="not an image of"):
        datadoctor.maps(old, "nothing.png")


def test_colours_say_for_which_label() -> None:
    nothing, left = np.zeros((20, 20)), np.zeros((20, 20))
    left[:, :6] = 3.0
    found = Maps("a.png", "a", "b", np.full((100, 400, 3), 128, np.uint8), left, left.T - 1, (0, 0), (), {})
    shown = {name: np.asarray(picture).astype(int) for name, picture in pictures(found).items()}
    assert shown["given"].shape == (100, 400, 3)
    assert (
        np.abs(shown["given"][50, 10] - np.array(GIVEN)).sum() < np.abs(shown["given"][50, 390] - np.array(GIVEN)).sum()
    )
    np.testing.assert_array_equal(shown["given"][90, 390], [128] * 3)
    assert np.abs(shown["suggested"][5, 390] - np.array(SUGGESTED)).sum() < 200
    assert strengths(np.stack([nothing - 1, nothing])).max() == 0
    np.testing.assert_array_equal(np.asarray(overlay(found.image, {GIVEN: nothing})), found.image)
