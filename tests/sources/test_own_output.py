"""What datadoctor and systems leave in a dataset's folder is left out and counted."""

import json
from pathlib import Path

import pytest

from datadoctor.sources.folder import list_folder
from tests.sources.make import causes, grid, write


def run_directory(folder: Path) -> None:
    write(folder, "pictures/1.png", "pictures/2.png")
    (folder / "summary.json").write_text(
        json.dumps({"schema": "datadoctor/summary@1", "created_with": "datadoctor 1.2.3"})
    )


def unfinished(folder: Path) -> None:
    (folder / "artifacts" / "stages").mkdir(parents=True)
    write(folder, "artifacts/1.png", "artifacts/2.png")


def queue(folder: Path) -> None:
    write(folder, "images/a/1.png", "images/a/2.png")
    (folder / "relabel.jsonl").write_text('{"path":"a/1.png","suggested_label":"b","decision":"","new_label":""}\n')


def queue_file(folder: Path) -> None:
    write(folder.with_name("queue-images"), "a/1.png", "a/2.png")
    folder.with_name("queue.csv").write_text("path,suggested_label,decision,new_label\na/1.png,b,,\n")


def cache(folder: Path) -> None:
    write(folder, "1.png", "2.png", "images-1.sqlite")


def system(folder: Path) -> None:
    write(folder.with_name("__MACOSX"), "1.png", "cat/2.png")


@pytest.mark.parametrize("make", [run_directory, unfinished, queue, queue_file, cache, system])
@pytest.mark.parametrize("where", ["out", "train/out"])
def test_it_is_left_out_and_counted(tmp_path: Path, make: object, where: str) -> None:
    write(tmp_path, *grid("train val", "cat dog"))
    assert callable(make)
    make(tmp_path / where)
    listing = list_folder(tmp_path)
    assert (len(listing), listing.classes, set(listing.splits)) == (12, ("cat", "dog"), {"train", "val"})
    assert "left out:" in listing.sentence()
    assert len([cause for cause in causes(listing, "info") if "(2 images in it)" in cause]) == 1


def test_folders_that_only_look_so_are_audited(tmp_path: Path) -> None:
    write(tmp_path, *grid("cat dog"), "cat/summary.json", "dog/relabel.jsonl", "run-images/1.png")
    (tmp_path / "cat/summary.json").write_text('{"created_with": "another tool"}')
    (tmp_path / "run.csv").write_text("path,label\n")
    listing = list_folder(tmp_path)
    assert listing.classes == ("cat", "dog", "run-images")


def test_hidden_folders_are_counted(tmp_path: Path) -> None:
    listing = list_folder(write(tmp_path, *grid("cat dog"), ".cache/1.png", ".thumbs/2.png"))
    assert (len(listing), causes(listing)) == (6, ["left out and 1 more like it: hidden"])
