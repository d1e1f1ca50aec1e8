"""``class_structure.json`` of real audits of small drawn images."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from datadoctor.audit import audit
from datadoctor.errors import DataDoctorError
from datadoctor.run import Run
from datadoctor.run.structure import KEPT, PARTS, plain


@dataclass(frozen=True)
class Row:
    values: np.ndarray
    share: float


def test_plain_is_json_with_null_for_nan() -> None:
    row = Row(np.array([1.0, np.nan, 1e-9, 0.123456]), float("inf"))
    assert json.loads(json.dumps(plain([row]), allow_nan=False)) == [
        {"values": [1.0, None, 1e-9, 0.1235], "share": None}
    ]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three classes of colours, twelve images each, in two groups of folders."""
    folder = tmp_path_factory.mktemp("colours")
    random = np.random.default_rng(0)
    for name, colour in {"warm/red": (220, 40, 30), "warm/orange": (230, 120, 30), "cold/blue": (20, 60, 220)}.items():
        for number in range(12):
            pixels = np.clip(random.normal(colour, 30, (40, 40, 3)), 0, 255).astype(np.uint8)
            (folder / name).mkdir(parents=True, exist_ok=True)
            Image.fromarray(pixels).save(folder / name / f"{number}.png")
    return folder


def test_run_of_images(folder: Path, tmp_path: Path) -> None:
    run = Run(audit(folder, model="filters", out=tmp_path / "run", cache=tmp_path / "cache").path)
    content, classes = run.class_structure, run.hierarchy["used"]["classes"]
    for part in PARTS:
        assert (content[part] is None) == (part in content["missing"]), part
    assert len(content["groups"]["recall"]) == len(run.hierarchy["used"]["nodes"])
    assert [cut["groups"] for cut in content["cuts"]] == [2, 3]
    finest = content["cuts"][-1]
    assert finest["within"] == 0
    assert finest["accuracy"] == content["level_accuracy"]["classes"]
    assert content["cuts"][0]["accuracy"] == content["level_accuracy"]["superclasses"]
    assert len(content["destinations"]["classes"]) == len(classes)
    red, orange = classes.index("red"), classes.index("orange")
    assert content["destinations"]["classes"][red][0] == orange
    assert set(content["missing"]) == {"separability", "responses", "patches"}
    assert "stages of a network" in content["missing"]["responses"]
    assert run.hierarchy["used"]["overlapping"] == []
    assert run.hierarchy["used"]["notes"] == []


def test_nothing_is_made_for_checks_that_need_no_tree(folder: Path, tmp_path: Path) -> None:
    made = audit(folder, select=("exact-duplicate",), model="filters", out=tmp_path / "run", cache=tmp_path / "cache")
    content = Run(made.path).class_structure
    assert set(content["missing"]) == {*PARTS, *KEPT}
    assert "no selected check" in content["missing"]["cuts"]


def test_bad_hierarchy_is_told_before_images_are_read(folder: Path, tmp_path: Path) -> None:
    table = tmp_path / "tree.csv"
    table.write_text("child,parent\nred,warm\norange,warm\nwarm,red\nblue,cold\n", encoding="utf-8")
    with pytest.raises(DataDoctorError, match=r"tree\.csv.*cycle"):
        audit(folder, hierarchy=table, model="filters", out=tmp_path / "run", cache=tmp_path / "cache")
    assert not (tmp_path / "run").exists()
