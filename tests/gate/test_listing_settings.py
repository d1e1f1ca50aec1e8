"""The gate lists a dataset as the audit of its baseline did: levels, spellings and the number of manifests are kept with it."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from PIL import Image

from datadoctor.cli import main
from datadoctor.config import Config
from datadoctor.errors import DataDoctorError
from datadoctor.findings import baseline
from datadoctor.findings.baseline import Baseline
from datadoctor.gate import source
from datadoctor.gate.state import calibration, places
from datadoctor.progress import Silent
from tests.sources.make import grid


def write(root: Path, *paths: str) -> Path:
    for number, path in enumerate(paths):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (8, 8), (number, 90, 200)).save(root / path)
    return root


def base(settings: Mapping[str, object]) -> Baseline:
    summary = {"settings": settings, "versions": {"datadoctor": "1"}, "model": {"weights_sha256": None}}
    return Baseline(calibration(summary), (), ())


def labels(root: Path, settings: Mapping[str, object], *manifests: Path) -> set[str]:
    state = source.of_source(root, base(settings), Config(manifest=manifests), Silent(), hash_only=True, against="base")
    return {item.label for item in state.items}


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, {"a", "b"}),
        ({"class_level": 2}, {"P1", "P2"}),
        ({"class_level": None, "group_level": 1}, {"P1", "P2"}),
    ],
)
def test_levels(tmp_path: Path, settings: dict[str, object], expected: set[str]) -> None:
    assert labels(write(tmp_path, *grid("a b", "P1 P2")), settings) == expected


@pytest.mark.parametrize(
    ("merge", "expected"), [(None, {"dog", "a", "A"}), (True, {"dog", "a"}), (False, {"dog", "Dog", "a", "A"})]
)
def test_spellings(tmp_path: Path, merge: bool | None, expected: set[str]) -> None:
    write(tmp_path, *grid("dog a"), *grid("Dog A", images=1))
    assert labels(tmp_path, {"merge_spellings": merge}) == expected


def test_another_number_of_manifests_is_an_error(tmp_path: Path) -> None:
    write(tmp_path, "1.png", "2.png")
    for name, path in (("train", "1.png"), ("val", "2.png")):
        (tmp_path / f"{name}.csv").write_text(f"path,label\n{path},cat\n")
    both = (tmp_path / "train.csv", tmp_path / "val.csv")
    made = {"manifest": ["elsewhere/train.csv", "elsewhere/val.csv"]}
    assert labels(tmp_path, made, *both) == {"cat"}
    for wrong in ((), both[:1]):
        with pytest.raises(DataDoctorError, match=f"2 manifests, and {len(wrong)} are given"):
            labels(tmp_path, made, *wrong)


def test_rows_of_several_manifests_are_found_again(tmp_path: Path) -> None:
    found = places(
        ["1.png", "2.png", "3.png", "4.png"],
        ["train.csv:2", "val.csv:3", "sub/metadata.csv:4", ""],
        tmp_path / "data",
        [tmp_path / "lists/train.csv", tmp_path / "lists/val.csv"],
    )
    root = (tmp_path / "data").as_posix()
    assert found == {
        "1.png": ((tmp_path / "lists/train.csv").as_posix(), 2),
        "2.png": ((tmp_path / "lists/val.csv").as_posix(), 3),
        "3.png": (f"{root}/sub/metadata.csv", 4),
        "4.png": (f"{root}/4.png", 0),
    }


@pytest.mark.slow
def test_a_baseline_of_classes_below_others_passes(tmp_path: Path) -> None:
    from fixtures.make import make_planted

    root = make_planted(tmp_path / "data" / "all").root.parent
    common = ["--cache", str(tmp_path / "cache")]
    run, known = str(tmp_path / "run"), str(tmp_path / "baseline.jsonl")
    main(["audit", str(root), "--model", "filters", "--class-level", "3", "--out", run, *common])
    assert main(["gate", run, "--write-baseline", known]) == 0
    assert baseline.read(Path(known)).calibration["class_level"] == "3"
    assert main(["gate", str(root), "--baseline", known, *common]) == 0
