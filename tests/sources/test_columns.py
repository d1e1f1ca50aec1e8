"""Columns and splits of manifests, several manifests, rows of one image, and tables among the images."""

import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from datadoctor.config import Config, load
from datadoctor.errors import DataDoctorError
from datadoctor.sources import Listing
from datadoctor.sources.choice import list_source
from tests.sources.make import causes, labelled, write

FILES = [f"{number}.png" for number in range(8)]
HALVES = ["train", "test"] * 4


def listing_of(root: Path, columns: dict[str, list[str]], **settings: object) -> Listing:
    write(root, *FILES)
    pd.DataFrame({"path": FILES, "label": ["cat", "dog"] * 4, **columns}).to_csv(root / "labels.csv", index=False)
    return list_source(root, load(None, {"manifest": root / "labels.csv", **settings}, search=False))


@pytest.mark.parametrize(
    ("column", "values", "splits"),
    [
        ("split", HALVES, {"train", "test"}),
        ("SPLIT", ["Train", "test", "train ", "TEST"] * 2, {"train", "test"}),
        ("Sub set", HALVES, {"train", "test"}),
        ("partition", ["training", "validation"] * 4, {"training", "validation"}),
        ("phase", ["dev", "eval"] * 4, {"dev", "eval"}),
        ("Usage", ["Training", "PublicTest", "PrivateTest", "Training"] * 2, {"Training", "PublicTest", "PrivateTest"}),
        ("set", ["train_1", "holdout"] * 4, {"train_1", "holdout"}),
        ("where", HALVES, {"train", "test"}),
        ("split", ["a", "b"] * 4, {"a", "b"}),
    ],
)
def test_the_split_is_found(tmp_path: Path, column: str, values: list[str], splits: set[str]) -> None:
    listing = listing_of(tmp_path, {column: values})
    assert set(listing.splits) == splits
    assert f"splits in `{column}`" in listing.sentence()


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("set", ["red", "blue"] * 4),
        ("fold", list("01234567")),
        ("phase", ["solid", "fluid"] * 4),
        ("usage", ["daily", "rare"] * 4),
    ],
)
def test_a_column_that_only_is_called_so_is_a_candidate(tmp_path: Path, column: str, values: list[str]) -> None:
    listing = listing_of(tmp_path, {column: values})
    assert set(listing.splits) == {""}
    assert f"is not taken as the split: --split-column {column}" in listing.sentence()
    assert set(listing_of(tmp_path, {column: values}, split_column=column.upper()).splits) == set(values)


def test_the_one_with_the_values_of_splits_wins(tmp_path: Path) -> None:
    listing = listing_of(tmp_path, {"set": ["red", "blue"] * 4, "fold": HALVES})
    assert set(listing.splits) == {"train", "test"}
    assert "`set` (blue, red) is not taken as the split" in listing.sentence()


@pytest.mark.parametrize(
    ("header", "paths", "labels"),
    [
        ("file_name,Label", "file_name", "Label"),
        ("ImageID,LabelName", "ImageID", "LabelName"),
        ("Image Path,CLASS", "Image Path", "CLASS"),
        ("filename,category_name", "filename", "category_name"),
        ("what,target", "what", "target"),
        ("image,fine_label", "image", "fine_label"),
    ],
)
def test_columns_are_found_by_name_or_content(tmp_path: Path, header: str, paths: str, labels: str) -> None:
    write(tmp_path, *FILES)
    rows = "".join(f"{path},{number % 3}\n" for number, path in enumerate(FILES))
    (tmp_path / "labels.csv").write_text(f"{header}\n{rows}")
    listing = list_source(tmp_path, Config(manifest=(tmp_path / "labels.csv",)))
    assert f"paths in `{paths}`, labels in `{labels}`" in listing.sentence()
    assert listing.classes == ("0", "1", "2")


@pytest.mark.parametrize("more", ["", ",width", ",split"])
def test_no_label_column_is_an_unlabelled_set(tmp_path: Path, more: str) -> None:
    write(tmp_path, *FILES)
    rows = "".join(f"{path}{',train' if more == ',split' else ',10' if more else ''}\n" for path in FILES)
    (tmp_path / "list.csv").write_text(f"path{more}\n{rows}")
    listing = list_source(tmp_path, Config(manifest=(tmp_path / "list.csv",)))
    assert (listing.classes, set(listing.labels.tolist()), causes(listing)) == ((), {-1}, [])
    assert "no label column" in listing.sentence()
    assert "no labels" in listing.sentence()


def two_columns(root: Path, name: str, *values: str) -> Config:
    write(root, *FILES)
    rows = "".join(f"{number},{values[number % len(values)]}\n" for number in range(8))
    (root / "list.csv").write_text(f"id,{name}\n{rows}")
    return Config(manifest=(root / "list.csv",))


@pytest.mark.parametrize(("name", "values"), [("level", ("0", "1")), ("camera", ("left", "right"))])
def test_a_column_that_could_be_the_label_is_named(tmp_path: Path, name: str, values: tuple[str, ...]) -> None:
    listing = list_source(tmp_path, two_columns(tmp_path, name, *values))
    assert f"`{name}` ({', '.join(values)}) is not taken as the label: --label-column {name}" in listing.sentence()
    assert set(listing.paths) == set(FILES)
    assert listing.classes == ()


def test_the_only_column_of_words_is_the_label_unless_told_otherwise(tmp_path: Path) -> None:
    config = two_columns(tmp_path, "breed", "aox", "box")
    listing = list_source(tmp_path, config)
    assert listing.classes == ("aox", "box")
    assert (
        "labels in `breed`; taken as labels for want of another column: --label-column '' for none"
        in listing.sentence()
    )
    assert list_source(tmp_path, replace(config, label_column="")).classes == ()


def halves(root: Path, names: tuple[str, str], header: str = "path,label") -> Config:
    write(root, *FILES)
    for name, files in zip(names, (FILES[:5], FILES[5:]), strict=True):
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(f"{header}\n" + "".join(f"{path},cat\n" for path in files))
    return Config(manifest=tuple(root / name for name in names))


@pytest.mark.parametrize(
    ("names", "splits"),
    [
        (("train.csv", "val.csv"), {"train", "val"}),
        (("labels_train.csv", "labels_test.csv"), {"train", "test"}),
        (("train/labels.csv", "test/labels.csv"), {"train", "test"}),
        (("monday.csv", "friday.csv"), {""}),
    ],
)
def test_several_manifests_are_all_read(tmp_path: Path, names: tuple[str, str], splits: set[str]) -> None:
    listing = list_source(tmp_path, halves(tmp_path, names))
    assert set(listing.paths) == set(FILES)
    assert set(listing.splits) == splits
    assert {where.rsplit(":")[0] for where in listing.locations} == set(names)


def test_an_image_in_two_splits_is_named_first(tmp_path: Path) -> None:
    config = halves(tmp_path, ("train.csv", "val.csv"))
    with (tmp_path / "val.csv").open("a") as stream:
        stream.write("0.png,cat\n1.png,cat\n")
    listing = list_source(tmp_path, config)
    assert causes(listing, "error") == [
        "2 images listed in several splits, such as '0.png': train, val; the first is kept"
    ]
    assert len(listing) == 8


@pytest.mark.parametrize(("several", "severity"), [(8, "error"), (1, "error"), (0, "")])
def test_several_labels_of_an_image_are_one_finding(tmp_path: Path, several: int, severity: str) -> None:
    write(tmp_path, *FILES)
    rows = [f"{path},cat\n" for path in FILES] + [
        f"{path},{name}\n" for path in FILES[:several] for name in ("dog", "owl")
    ]
    (tmp_path / "labels.csv").write_text("path,label\n" + "".join(rows))
    listing = list_source(tmp_path, Config(manifest=(tmp_path / "labels.csv",)))
    found = [problem for problem in listing.problems if "several rows" in problem.cause]
    assert [problem.severity for problem in found] == ([severity] if severity else [])
    assert len(listing.problems) == len(found)
    assert [labelled(listing)[path] for path in FILES] == [""] * several + ["cat"] * (8 - several)


def test_two_spellings_are_no_two_labels(tmp_path: Path) -> None:
    write(tmp_path, *FILES)
    (tmp_path / "labels.csv").write_text("path,label\n0.png,cat\n0.png,Cat\n1.png,cat\n")
    listing = list_source(tmp_path, Config(manifest=(tmp_path / "labels.csv",)))
    assert labelled(listing) == {"0.png": "cat", "1.png": "cat"}
    assert not any("several rows" in cause for cause in causes(listing))


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
@pytest.mark.parametrize("layout", ["each split", "one for all", "deeper"])
def test_metadata_of_image_folders_is_read(tmp_path: Path, kind: str, layout: str) -> None:
    folders = {"each split": ["train", "test"], "one for all": [""], "deeper": ["data/train", "data/val"]}[layout]
    paths = [
        f"{split}/{number}.png" for split in ("train", "test" if layout != "deeper" else "val") for number in range(4)
    ]
    top = "data/" if layout == "deeper" else ""
    write(tmp_path, *(f"{top}{path}" for path in paths))
    for folder in folders:
        names = [f"{number}.png" for number in range(4)] if folder else paths
        table = pd.DataFrame({"file_name": names, "label": ["cat", "dog"] * (len(names) // 2)})
        file = tmp_path / folder / f"metadata.{kind}"
        if kind == "csv":
            table.to_csv(file, index=False)
        elif kind == "jsonl":
            file.write_text("".join(json.dumps(row) + "\n" for row in table.to_dict("records")))
        else:
            table.to_parquet(file)
    listing = list_source(tmp_path, Config())
    assert listing.classes == ("cat", "dog")
    assert dict(zip(listing.paths, listing.splits, strict=True)) == {
        f"{top}{path}": path.split("/")[0] for path in paths
    }


def test_metadata_without_labels_leaves_class_folders_alone(tmp_path: Path) -> None:
    write(tmp_path, "train/cat/1.png", "train/dog/2.png", "test/cat/3.png")
    (tmp_path / "metadata.csv").write_text("file_name,text\ntrain/cat/1.png,a cat\n")
    listing = list_source(tmp_path, Config())
    assert (listing.classes, set(listing.splits)) == (("cat", "dog"), {"train", "test"})
    assert any(cause.startswith("not read: ") for cause in causes(listing))


def test_several_columns_called_labels_are_a_question(tmp_path: Path) -> None:
    write(tmp_path, *FILES)
    (tmp_path / "labels.csv").write_text("path,clean_label,noisy_label\n0.png,a,b\n")
    with pytest.raises(DataDoctorError, match="--label-column among: path, clean_label, noisy_label"):
        list_source(tmp_path, Config(manifest=(tmp_path / "labels.csv",)))
