"""`datadoctor formats` and `datadoctor sources`."""

from __future__ import annotations

from pathlib import Path

import pytest

from datadoctor.cli import main
from tests.sources.boxed import Photo, Thing, some, yolo
from tests.sources.packs import digits, folders


def test_formats_are_listed_with_an_example_each(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["formats"]) == 0
    lines = capsys.readouterr().out.splitlines()
    names = [line.split()[0] for line in lines if not line.startswith(" ")]
    assert names == sorted(names)
    assert {"coco", "yolo", "voc", "archive", "webdataset", "parquet", "saved", "onehot", "openimages", "folder"} <= {
        *names
    }
    assert all(lines[place + 1].startswith("  ") for place, line in enumerate(lines) if not line.startswith(" "))


def test_what_would_be_read_is_said_without_auditing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = yolo(tmp_path, [*some(4), Photo("e.png", "train", (Thing("cat", (300, 20, 340, 50)),))])
    assert main(["sources", str(root)]) == 0
    said = capsys.readouterr().out
    assert "format    yolo" in said
    assert "boxes in 4 photos" in said
    assert "left out: the box lies outside its photo (labels/train/e.txt:1)" in said
    assert main(["sources", str(root), "--source-format", "folder"]) == 0
    assert "format    folder" in capsys.readouterr().out


def test_folders_have_classes_and_splits(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sources", str(folders(tmp_path, digits(24)))]) == 0
    said = capsys.readouterr().out
    assert "splits    train 18, test 6" in said
    assert "1 info: the splits do not have the same classes" in said
    assert main(["sources", str(tmp_path / "nothing")]) == 2
