"""Folders of class folders: labels, splits, superclasses, and everything that is not an image."""

import os
from pathlib import Path

import pytest

from datadoctor.config import Config
from datadoctor.errors import DataDoctorError
from datadoctor.sources import Listing, file_on_disk
from datadoctor.sources.choice import list_source
from datadoctor.sources.folder import list_folder
from fixtures.make import make_malformed


def write(root: Path, *paths: str) -> Path:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(b"x")
    return root


def labelled(listing: Listing) -> dict[str, str]:
    return {path: listing.label_name(row) for row, path in enumerate(listing.paths)}


def test_class_folders(tmp_path: Path) -> None:
    listing = list_folder(write(tmp_path, "dog/b.JPG", "cat/a.png", "cat/2.webp"))
    assert labelled(listing) == {"cat/2.webp": "cat", "cat/a.png": "cat", "dog/b.JPG": "dog"}
    assert listing.paths == tuple(sorted(listing.paths))
    assert listing.classes == ("cat", "dog")
    assert listing.labels.dtype == "int32"
    assert (set(listing.splits), listing.superclasses, listing.problems) == ({""}, {}, ())
    assert list_source(tmp_path, Config()).paths == listing.paths


@pytest.mark.parametrize("splits", [("train", "val"), ("Training", "TEST"), ("dev",)])
def test_split_folders(tmp_path: Path, splits: tuple[str, ...]) -> None:
    listing = list_folder(write(tmp_path, *(f"{split}/{name}/1.png" for split in splits for name in ("cat", "dog"))))
    assert listing.classes == ("cat", "dog")
    assert set(listing.splits) == set(splits)
    assert all(path.startswith(split) for path, split in zip(listing.paths, listing.splits, strict=True))


def test_unlabelled_test_split(tmp_path: Path) -> None:
    listing = list_folder(write(tmp_path, "train/cat/1.png", "train/dog/1.png", "test/1.png", "test/2.png"))
    assert labelled(listing)["test/1.png"] == ""
    assert dict(zip(listing.paths, listing.splits, strict=True))["test/1.png"] == "test"
    assert listing.classes == ("cat", "dog")
    assert [problem.where for problem in listing.problems] == ["test/1.png"]
    assert "1 more" in listing.problems[0].cause


def test_folders_named_like_splits_and_full_of_images_are_splits_without_labels(tmp_path: Path) -> None:
    listing = list_folder(write(tmp_path, "train/1.png", "test/1.png"))
    assert (listing.classes, listing.splits) == ((), ("test", "train"))
    assert listing.sentence() == "2 images: splits train, test; no labels: duplicates, leaks, quality and outliers only"
    told = list_folder(tmp_path, class_level=1)
    assert (told.classes, set(told.splits)) == (("test", "train"), {""})


def test_one_folder_named_like_a_split_among_classes_is_a_class(tmp_path: Path) -> None:
    listing = list_folder(write(tmp_path, "train/1.png", "ship/1.png"))
    assert (listing.classes, listing.problems) == (("ship", "train"), ())


def test_nested_folders_give_superclasses(tmp_path: Path) -> None:
    listing = list_folder(write(tmp_path, "animal/pet/cat/1.png", "animal/pet/dog/1.png", "animal/1.png", "car/1.png"))
    assert listing.classes == ("animal", "car", "cat", "dog")
    assert listing.superclasses == {"cat": ("pet", "animal"), "dog": ("pet", "animal")}


def test_superclasses_in_splits(tmp_path: Path) -> None:
    listing = list_folder(write(tmp_path, "train/pet/cat/1.png", "test/pet/cat/1.png"))
    assert listing.classes == ("cat",)
    assert listing.superclasses == {"cat": ("pet",)}


def test_same_name_under_two_parents_is_qualified(tmp_path: Path) -> None:
    listing = list_folder(write(tmp_path, "tool/crane/1.png", "bird/crane/1.png", "bird/owl/1.png", "owl/x/1.png"))
    assert labelled(listing) == {
        "bird/crane/1.png": "bird/crane",
        "bird/owl/1.png": "bird/owl",
        "owl/x/1.png": "x",
        "tool/crane/1.png": "tool/crane",
    }
    assert listing.superclasses["x"] == ("owl",)
    assert listing.superclasses["bird/crane"] == ("bird",)


def test_images_in_the_root_have_no_label(tmp_path: Path) -> None:
    listing = list_folder(write(tmp_path, "a.png", "b.png", "cat/1.png"))
    assert labelled(listing) == {"a.png": "", "b.png": "", "cat/1.png": "cat"}
    assert [(p.where, "no given label and 1 more" in p.cause) for p in listing.problems] == [("a.png", True)]


def test_other_files_are_reported_once_a_kind(tmp_path: Path) -> None:
    root = write(tmp_path, "cat/1.png", "cat/notes.txt", "labels.csv", "cat/Thumbs.db", "cat/README", "cat/1.exr")
    write(root, ".git/1.png", "cat/._1.png")
    (root / "dog").mkdir()
    listing = list_folder(root)
    causes = {problem.where: problem.cause for problem in listing.problems}
    assert listing.paths == ("cat/1.png",)
    assert causes == {
        ".git": "left out and 1 more like it: hidden",
        "dog": "left out: an empty folder",
        "cat/1.exr": "left out: of an image format that is not read; convert it to PNG or JPEG",
        "cat/README": "left out and 3 more like it: not an image, by its extension (.csv, .db, .txt, without extension)",
    }


def test_links_and_loops_end_and_every_folder_is_listed_where_it_is(tmp_path: Path) -> None:
    write(tmp_path, "zebra/1.png")
    (tmp_path / "zebra/loop").symlink_to(tmp_path)
    (tmp_path / "alias").symlink_to(tmp_path / "zebra")
    (tmp_path / "zebra/file.png").symlink_to(tmp_path / "zebra/1.png")
    (tmp_path / "zebra/gone.png").symlink_to(tmp_path / "nowhere")
    listing = list_folder(tmp_path)
    assert listing.paths == ("zebra/1.png", "zebra/file.png", "zebra/gone.png")
    assert any("already listed" in problem.cause for problem in listing.problems)


def test_a_linked_folder_outside_is_followed(tmp_path: Path) -> None:
    write(tmp_path, "elsewhere/1.png", "data/dog/1.png")
    (tmp_path / "data/cat").symlink_to(tmp_path / "elsewhere")
    assert labelled(list_folder(tmp_path / "data")) == {"cat/1.png": "cat", "dog/1.png": "dog"}


def test_names_that_are_not_utf8_are_found_again(tmp_path: Path) -> None:
    expected = make_malformed(tmp_path / "made")
    listing = list_folder(tmp_path / "made")
    assert set(listing.paths) == set(expected)
    assert listing.names_on_disk == {"odd/caf\\xe9.png": b"odd/caf\xe9.png"}
    assert file_on_disk(listing.root, "odd/caf\\xe9.png", listing.names_on_disk).is_file()
    for path in listing.paths:
        path.encode()


def test_two_names_with_the_same_escape_are_not_mixed_up(tmp_path: Path) -> None:
    write(tmp_path, "a/x\\xe9.png")
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/a/x\xe9.png")).write_bytes(b"other")
    listing = list_folder(tmp_path)
    assert (listing.paths, listing.names_on_disk) == (("a/x\\xe9.png",), {})
    assert "rename it" in listing.problems[0].cause


@pytest.mark.parametrize("content", [(), ("cat/notes.txt",)])
def test_no_images_is_a_clear_error(tmp_path: Path, content: tuple[str, ...]) -> None:
    with pytest.raises(DataDoctorError, match="no images in this folder") as error:
        list_folder(write(tmp_path, *content))
    assert str(tmp_path) in str(error.value)
    assert all(path in str(error.value) for path in content)


def test_a_file_or_nothing_instead_of_a_folder(tmp_path: Path) -> None:
    for root in (write(tmp_path, "a.png") / "a.png", tmp_path / "nowhere"):
        with pytest.raises(DataDoctorError, match="not a folder"):
            list_folder(root)


def test_the_same_folder_is_listed_the_same(tmp_path: Path) -> None:
    write(tmp_path / "one", "b/2.png", "a/1.png", "x.txt")
    write(tmp_path / "two", "x.txt", "a/1.png", "b/2.png")
    one, two = list_folder(tmp_path / "one"), list_folder(tmp_path / "two")
    assert (one.paths, one.classes, one.problems) == (two.paths, two.classes, two.problems)
