"""Several people's labels of the same images: which tables hold them, and what the label is then."""

from pathlib import Path

import pandas as pd
import pytest
from PIL import Image

from datadoctor.config import Config
from datadoctor.sources import Listing
from datadoctor.sources.choice import list_source

FILES = ["a.png", "b.png", "c.png", "d.png"]
SAID = {
    "ann": ["cat", "cat", "dog", "dog"],
    "bob": ["cat", "dog", "dog", "cat"],
    "cleo": ["cat", "dog", "Dog", ""],
}


def pictures(root: Path) -> Path:
    for number, name in enumerate(FILES):
        Image.new("RGB", (20, 20), (number * 9, 50, 90)).save(root / name)
    return root


def columns(root: Path) -> Config:
    pd.DataFrame({"path": FILES, **{f"{who}_label": labels for who, labels in SAID.items()}}).to_csv(
        root / "v.csv", index=False
    )
    return Config(manifest=(root / "v.csv",), label_columns=("ann_label", "bob_label", "cleo_label"))


def rows(root: Path, column: str = "annotator") -> Config:
    table = [(path, label, who) for who, labels in SAID.items() for path, label in zip(FILES, labels, strict=True)]
    pd.DataFrame(table, columns=["path", "label", column]).to_csv(root / "v.csv", index=False)
    return Config(manifest=(root / "v.csv",))


def votes(listing: Listing) -> set[tuple[str, str, str]]:
    found = listing.votes
    assert found is not None
    return {
        (listing.paths[row], found.annotators[who].removesuffix("_label"), listing.classes[label])
        for row, who, label in zip(found.rows, found.who, found.labels, strict=True)
    }


@pytest.mark.parametrize("make", [columns, rows])
def test_columns_and_rows_say_the_same_votes(tmp_path: Path, make: object) -> None:
    listing = list_source(pictures(tmp_path), make(tmp_path))  # type: ignore[operator]
    expected = {
        (path, who, label.lower())
        for who, labels in SAID.items()
        for path, label in zip(FILES, labels, strict=True)
        if label
    }
    assert votes(listing) == expected
    assert [listing.label_name(row) for row in range(4)] == ["cat", "dog", "dog", ""]
    assert "11 labels of 3 annotators as votes" in listing.sentence()
    assert "2 images are disputed and 1 without a majority" in listing.sentence()
    assert not [one for one in listing.problems if "several rows" in one.cause or "joined with" in one.cause]


def test_a_column_that_was_found_can_be_declined(tmp_path: Path) -> None:
    config = rows(pictures(tmp_path))
    assert "--annotator-column '' for none" in list_source(tmp_path, config).sentence()
    declined = list_source(tmp_path, Config(manifest=config.manifest, annotator_column=""))
    assert declined.votes is None
    assert any("several rows with different labels" in one.cause for one in declined.problems)


def test_a_column_of_another_name_is_named(tmp_path: Path) -> None:
    config = rows(pictures(tmp_path), "who")
    assert list_source(tmp_path, config).votes is None
    assert list_source(tmp_path, Config(manifest=config.manifest, annotator_column="who")).votes is not None


def test_one_row_an_image_with_an_annotator_is_no_vote(tmp_path: Path) -> None:
    pictures(tmp_path)
    table = pd.DataFrame({"path": FILES, "label": ["cat", "dog"] * 2, "annotator": ["ann"] * 4})
    table.to_csv(tmp_path / "v.csv", index=False)
    assert list_source(tmp_path, Config(manifest=(tmp_path / "v.csv",))).votes is None


def test_two_answers_of_one_person_are_said(tmp_path: Path) -> None:
    pictures(tmp_path)
    table = pd.DataFrame(
        {"path": ["a.png"] * 2 + FILES, "label": ["cat", "dog", "dog"] * 2, "annotator": ["ann"] * 2 + ["bob"] * 4}
    )
    table.to_csv(tmp_path / "v.csv", index=False)
    listing = list_source(tmp_path, Config(manifest=(tmp_path / "v.csv",)))
    assert any("another label than an earlier row of the same annotator" in one.cause for one in listing.problems)


def test_an_exclusion_takes_its_votes_along(tmp_path: Path) -> None:
    from datadoctor.sources.exclusion import _kept

    kept = _kept(list_source(pictures(tmp_path), columns(tmp_path)), [2, 3])
    assert {path for path, _, _ in votes(kept)} == {"c.png", "d.png"}
    assert ("d.png", "bob", "cat") in votes(kept)
