"""`datadoctor compare A B`: what two folders share, how it is told, and what becomes of bad input."""

import json
import re
from pathlib import Path

import pandas as pd
import pytest
from PIL import ImageOps

from datadoctor.cli import main
from tests.stages.duplicates.pictures import picture


def compare(a: Path, b: Path, out: Path, *more: str) -> int:
    shared = ["--model", "filters", "--device", "cpu", "--cache", str(out / "cache"), "--out", str(out)]
    return main(["compare", str(a), str(b), *shared, *more])


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    """New data with one exact and one mirrored copy of the reference, the latter under another label, and a broken file."""
    root = tmp_path_factory.mktemp("compare")
    new = {f"cat/n{i}.png": picture(i) for i in range(6)}
    reference = {f"cat/r{i}.png": picture(100 + i) for i in range(6)}
    reference |= {"cat/same.png": picture(1), "<dog>/mirror.png": ImageOps.mirror(picture(0))}
    for name, images in (("new", new), ("reference", reference)):
        for path, image in images.items():
            (root / name / path).parent.mkdir(parents=True, exist_ok=True)
            image.save(root / name / path)
    (root / "new" / "cat" / "broken.png").write_bytes(b"no image")
    assert compare(root / "new", root / "reference", root / "out") == 0
    return root / "new", root / "reference", root / "out"


def test_what_both_have_is_told_with_its_change_and_what_to_do(folders: tuple[Path, Path, Path]) -> None:
    pairs = pd.read_csv(folders[2] / "pairs.csv")
    assert list(zip(pairs.path_a, pairs.path_b, strict=True)) == [
        ("cat/n0.png", "<dog>/mirror.png"),
        ("cat/n1.png", "cat/same.png"),
    ]
    assert pairs.kind.tolist() == ["near", "exact"]
    assert pairs.difference[0] == "mirrored"
    assert pairs.conflicting.tolist() == [True, False]
    assert "'cat' or '<dog>'" in pairs.advice[0]
    assert pairs.advice[1].startswith("Leave A out")


def test_json_counts_both_sides_and_names_what_could_not_be_read(folders: tuple[Path, Path, Path]) -> None:
    found = json.loads((folders[2] / "compare.json").read_text())
    assert found["schema"] == "datadoctor/compare@1"
    assert (found["a"]["images"], found["a"]["have_copies"]) == (6, 2)
    assert (found["b"]["images"], found["b"]["have_copies"]) == (8, 2)
    assert list(found["a"]["unreadable"]) == ["cat/broken.png"]
    assert found["b"]["unreadable"] == {}


def test_the_page_shows_each_pair_and_loads_nothing(folders: tuple[Path, Path, Path]) -> None:
    page = (folders[2] / "compare.html").read_text()
    assert page.count('src="data:image/jpeg;base64,') == 4
    assert "<dog>" not in page
    assert "&lt;dog&gt;" in page
    assert not re.search(r"""(?:src|href)=["'](?!data:)""", page)
    assert "<script" not in page


def test_swapped_sides_share_the_same_pictures(
    folders: tuple[Path, Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new, reference, _ = folders
    assert compare(reference, new, tmp_path, "--format", "json") == 0
    found = json.loads(capsys.readouterr().out)
    assert {(one["path_b"], one["path_a"]) for one in found["shared"]} == {
        ("cat/n0.png", "<dog>/mirror.png"),
        ("cat/n1.png", "cat/same.png"),
    }


def test_nothing_shared_is_said_and_is_no_failure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, seed in (("a", 0), ("b", 50)):
        for i in range(3):
            (tmp_path / name / "x").mkdir(parents=True, exist_ok=True)
            picture(seed + i).save(tmp_path / name / "x" / f"{i}.png")
    assert compare(tmp_path / "a", tmp_path / "b", tmp_path / "out") == 0
    assert "0 of 3 images (0.0%) are also in B" in capsys.readouterr().out
    assert "No picture" in (tmp_path / "out" / "compare.html").read_text()


def test_images_of_two_sizes_are_seen_through_one_set_of_filters(tmp_path: Path) -> None:
    for name, side in (("a", 24), ("b", 96)):
        for i in range(3):
            (tmp_path / name / "x").mkdir(parents=True, exist_ok=True)
            picture(i, side, side).save(tmp_path / name / "x" / f"{i}.png")
    assert compare(tmp_path / "a", tmp_path / "b", tmp_path / "out") == 0
    assert json.loads((tmp_path / "out" / "compare.json").read_text())["b"]["images"] == 3


@pytest.mark.parametrize("missing", ["a", "b"])
def test_a_missing_or_unreadable_side_is_a_mistake_in_the_call(
    folders: tuple[Path, Path, Path], tmp_path: Path, missing: str, capsys: pytest.CaptureFixture[str]
) -> None:
    empty = tmp_path / "unreadable"
    (empty / "x").mkdir(parents=True)
    (empty / "x" / "broken.png").write_bytes(b"no image")
    for bad in (tmp_path / "nowhere", empty):
        sides = (bad, folders[1]) if missing == "a" else (folders[0], bad)
        assert compare(*sides, tmp_path / "out") == 2
        assert str(bad) in capsys.readouterr().err
