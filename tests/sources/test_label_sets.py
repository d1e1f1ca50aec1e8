"""Several labels an image: which cells hold them, in which notation, and what the first line says of it."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from datadoctor.config import Config
from datadoctor.relabel.apply.label_sets import SetManifestTarget
from datadoctor.sources import Listing
from datadoctor.sources.choice import list_source
from datadoctor.sources.label_sets import Notation, labels_of, notation_of, text_of
from datadoctor.sources.memory import list_memory
from datadoctor.sources.memory.pictures import Given

SETS = [["cat", "dog"], ["cat"], ["dog", "bird"], ["bird"], ["cat", "bird", "dog"], ["dog"], [], ["bird", "cat"]]
FILES = [f"{number}.png" for number in range(len(SETS))]
EXPECTED = np.array([[name in one for name in ("bird", "cat", "dog")] for one in SETS]).astype(np.int8)


def pictures(root: Path) -> Path:
    root.mkdir(parents=True, exist_ok=True)
    for number, name in enumerate(FILES):
        Image.new("RGB", (20, 20), (number * 9, 50, 90)).save(root / name)
    return root


def separated(between: str) -> Callable[[Path], Config]:
    def write(root: Path) -> Config:
        pd.DataFrame({"path": FILES, "labels": [between.join(one) for one in SETS]}).to_csv(root / "l.csv", index=False)
        return Config(manifest=(root / "l.csv",))

    return write


def listed(root: Path, dump: Callable[[list[str]], str]) -> Config:
    pd.DataFrame({"path": FILES, "labels": list(map(dump, SETS))}).to_csv(root / "l.csv", index=False)
    return Config(manifest=(root / "l.csv",))


def json_lines(root: Path) -> Config:
    lines = [json.dumps({"path": path, "labels": one}) for path, one in zip(FILES, SETS, strict=True)]
    (root / "l.jsonl").write_text("\n".join(lines))
    return Config(manifest=(root / "l.jsonl",))


def parquet(root: Path) -> Config:
    pd.DataFrame({"path": FILES, "labels": SETS}).to_parquet(root / "l.parquet")
    return Config(manifest=(root / "l.parquet",))


def one_hot(root: Path) -> Config:
    table = pd.DataFrame(EXPECTED, columns=["bird", "cat", "dog"])
    table.insert(0, "filename", FILES)
    table.to_csv(root / "_classes.csv", index=False)
    return Config()


NOTATIONS = {
    "bars": separated("|"), "semicolons": separated("; "), "commas": separated(","),
    "JSON": lambda root: listed(root, json.dumps), "Python": lambda root: listed(root, repr),
    "JSON Lines": json_lines, "Parquet": parquet, "one-hot": one_hot,
}  # fmt: skip
# Where an empty cell is no label, not the label of none.
EMPTY_IS_UNKNOWN = ("bars", "semicolons", "commas")


@pytest.mark.parametrize("notation", NOTATIONS)
def test_one_set_in_every_notation_is_the_same_listing(tmp_path: Path, notation: str) -> None:
    root = pictures(tmp_path)
    listing = list_source(root, NOTATIONS[notation](root))
    expected = EXPECTED.copy()
    if notation in EMPTY_IS_UNKNOWN:
        expected[6] = -1
    assert listing.classes == ("bird", "cat", "dog")
    assert listing.several is not None
    assert listing.several.tolist() == expected.tolist()
    assert (listing.labels == -1).all()
    assert "several labels an image" in listing.sentence()
    assert listing.label_name(0) == "cat|dog"
    assert listing.label_name(6) == ("" if notation in EMPTY_IS_UNKNOWN else "[]")


@pytest.mark.parametrize("notation", [name for name in NOTATIONS if name != "one-hot"])
def test_the_flag_gives_the_other_reading(tmp_path: Path, notation: str) -> None:
    root = pictures(tmp_path)
    config = NOTATIONS[notation](root)
    assert "--label-separator ''" in list_source(root, config).sentence()
    single = list_source(root, replace(config, label_separator=""))
    assert single.several is None
    assert len(single.classes) == len(SETS) - (notation in EMPTY_IS_UNKNOWN)


@pytest.mark.parametrize(
    "cells",
    [
        ["goldfish, Carassius auratus", "great white shark, white shark", "hammerhead, hammerhead shark", "hen"],
        ["hot dog", "sea lion", "lion", "ice cream", "cream"],
        ["light blue", "dark blue", "light red", "dark red"],
        ["n01440764|tench", "n01443537|goldfish", "n01484850|shark"],
        ["cat", "dog"],
        ["[cat]", "[dog]"],
        ["AC/DC", "R&B; Soul", "Jazz"],
        ["", " "],
    ],
)
def test_names_with_separators_in_them_are_one_class(cells: list[str]) -> None:
    assert notation_of(cells) is None
    assert notation_of(cells, "|") == Notation("|"), "said by the user"


def test_bars_that_are_taken_as_part_of_names_are_said(tmp_path: Path) -> None:
    root = pictures(tmp_path)
    cells = [f"n{number}|class {number}" for number in range(len(FILES))]
    pd.DataFrame({"path": FILES, "label": cells}).to_csv(root / "l.csv", index=False)
    said = list_source(root, Config(manifest=(root / "l.csv",))).sentence()
    assert "`|` in labels is taken as part of a name: --label-separator '|'" in said


@pytest.mark.parametrize(
    ("cells", "separator"),
    [
        (["cat|dog", "cat", "dog"], "|"),
        (["a;b", "b;c", "c"], ";"),
        (["haze primary", "clear", "clear primary", "haze", "primary clear water", "water", "haze water"], " "),
        (["16 0", "7 1 2 0", "5", "16", "0 7", "1", "2", "5 16"], " "),
        (['["a"]', '["a", "b"]'], ""),
        (["['x', 'y']", "[]"], ""),
    ],
)
def test_separators_are_found_by_parts_that_come_back(cells: list[str], separator: str) -> None:
    assert notation_of(cells) == Notation(separator)


@pytest.mark.parametrize(
    ("cell", "separator", "rewritten"),
    [
        ("cat|dog", "|", "dog|bird"), ("dog | cat", "|", "dog| bird"), ("cat; dog", ";", "dog; bird"), ("cat", "|", "bird"),
        ('["cat", "dog"]', "", '["dog", "bird"]'), ("['cat','dog']", "", "['dog','bird']"), ('["cat"]', "", '["bird"]'),
    ],
)  # fmt: skip
def test_a_cell_is_rewritten_as_it_is_written(cell: str, separator: str, rewritten: str) -> None:
    assert Notation(separator).rewritten(cell, {"cat"}, ["bird"]) == rewritten


def test_numbers_in_lists_stay_numbers() -> None:
    assert Notation("").rewritten("[1, 2]", {"1"}, ["7"]) == "[2, 7]"


@given(st.lists(st.text(min_size=1).map(str.strip).filter(bool), unique=True))
def test_the_text_of_a_set_says_the_set(labels: list[str]) -> None:
    assert list(labels_of(text_of(labels))) == labels


def test_lists_of_one_label_each_are_images_with_one_label(tmp_path: Path) -> None:
    root = pictures(tmp_path)
    pd.DataFrame({"path": FILES, "label": ['["cat"]', '["dog"]'] * 4}).to_csv(root / "l.csv", index=False)
    listing = list_source(root, Config(manifest=(root / "l.csv",)))
    assert (listing.several, listing.classes) == (None, ("cat", "dog"))


def test_spellings_of_one_class_are_one_in_sets_too(tmp_path: Path) -> None:
    root = pictures(tmp_path)
    cells = ["cat|dog", "Cat|bird", "cat", "dog|bird", "bird", "dog", "cat|bird", "cat"]
    pd.DataFrame({"path": FILES, "label": cells}).to_csv(root / "l.csv", index=False)
    listing = list_source(root, Config(manifest=(root / "l.csv",)))
    assert listing.classes == ("bird", "cat", "dog")
    assert "'Cat' (1)" in listing.problems[0].cause
    assert "spellings.csv" not in listing.problems[0].advice


@pytest.mark.parametrize("labels", [SETS, [np.array(row) for row in EXPECTED], list(map(set, SETS))])
def test_lists_of_labels_in_memory(labels: list[object]) -> None:
    images = [np.full((20, 20, 3), number * 9, np.uint8) for number in range(len(SETS))]
    listing: Listing = list_memory(Given(images, labels, classes=("bird", "cat", "dog")))
    assert listing.several is not None
    assert listing.several.tolist() == EXPECTED.tolist()


def test_an_exclusion_leaves_the_classes_that_are_left(tmp_path: Path) -> None:
    from datadoctor.sources.exclusion import _kept

    root = pictures(tmp_path)
    kept = _kept(list_source(root, separated("|")(root)), [1, 3])
    assert kept.classes == ("bird", "cat")
    assert kept.several is not None
    assert kept.several.tolist() == [[0, 1], [1, 0]]


@pytest.mark.parametrize("notation", [name for name in NOTATIONS if name != "one-hot"])
def test_a_decision_is_written_in_the_notation_of_its_cell(tmp_path: Path, notation: str) -> None:
    from datadoctor.files import digest
    from datadoctor.relabel.apply import plan_decisions, write_plan

    root = pictures(tmp_path)
    manifest = NOTATIONS[notation](root).manifest[0]
    header = "path,given_label,suggested_label,digest,decision,new_label,key\n"
    (root / "d.csv").write_text(f"{header}0.png,cat|dog,,{digest(root / '0.png')},relabel,bird|dog,\n")
    plan = plan_decisions(root / "d.csv", source=root, manifest=manifest, records=tmp_path / "records")
    assert isinstance(plan.target, SetManifestTarget)
    assert write_plan(plan, by="ann")
    listing = list_source(root, Config(manifest=(manifest,)))
    assert [listing.label_name(row) for row in range(3)] == ["bird|dog", "cat", "bird|dog"]


def test_a_decision_switches_the_digits_of_its_classes_in_a_one_hot_table(tmp_path: Path) -> None:
    from datadoctor.files import digest
    from datadoctor.relabel.apply import plan_decisions, write_plan

    root = pictures(tmp_path)
    one_hot(root)
    table = root / "_classes.csv"
    table.write_text(table.read_text().replace("0.png,0,1,1", '"0.png", 0,1.0,1'))
    header = "path,given_label,suggested_label,digest,decision,new_label,key\n"
    (root / "d.csv").write_text(f"{header}0.png,cat|dog,,{digest(root / '0.png')},relabel,bird|dog,\n")
    before = table.read_text()
    plan = plan_decisions(root / "d.csv", source=root, records=tmp_path / "records")
    assert write_plan(plan, by="ann")
    assert table.read_text() == before.replace('"0.png", 0,1.0,1', '"0.png", 1,0.0,1')
