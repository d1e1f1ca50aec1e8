"""One class in several spellings is one class, named first; different classes stay different."""

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datadoctor.sources import Listing
from datadoctor.sources.folder import list_folder
from datadoctor.sources.manifest import list_manifest
from datadoctor.sources.spelling import folded
from tests.sources.make import causes, grid, labelled, write

NFD = unicodedata.normalize("NFD", "café")


def listing_of(root: Path, labels: list[str], merge: bool | None = None) -> Listing:
    paths = [f"{number}.png" for number in range(len(labels))]
    rows = "\n".join(f'{path},"{label}"' for path, label in zip(paths, labels, strict=True))
    (write(root, *paths) / "labels.csv").write_text(f"path,label\n{rows}\n", encoding="utf-8")
    return list_manifest(root, root / "labels.csv", merge_spellings=merge)


@pytest.mark.parametrize(
    ("spellings", "usual"),
    [
        (["dog", "dog", "Dog", "dog ", " DOG"], "dog"),
        (["1", "1", "1.0", "01", "+1"], "1"),
        (["café", "café", NFD], "café"),
        (["hot dog", "hot dog", "hot_dog", "Hot-Dog", "hot  dog"], "hot dog"),
        (["Golden", "golden\u00a0", "Golden"], "Golden"),
        (["cat", "\ufeffcat", "cat"], "cat"),
        (["Dog", "dog"], "dog"),
    ],
)
def test_spellings_are_one_class_and_the_first_finding(tmp_path: Path, spellings: list[str], usual: str) -> None:
    listing = listing_of(tmp_path, [*spellings, "other", "other"])
    assert listing.classes == tuple(sorted([usual, "other"]))
    first = listing.problems[0]
    assert first.severity == "error"
    assert f"→ '{usual}'" in first.cause
    assert "--merge-spellings" in first.advice
    assert f"2 classes in {len(set(spellings)) + 1} spellings" in listing.sentence()
    assert set(listing.as_written.values()) == set(spellings) - {usual}
    merged = listing_of(tmp_path, [*spellings, "other", "other"], merge=True)
    assert (merged.classes, causes(merged, "error")) == (listing.classes, [])
    apart = listing_of(tmp_path, [*spellings, "other", "other"], merge=False)
    assert set(apart.classes) == {*spellings, "other"}
    assert (causes(apart, "error"), apart.as_written) == ([], {})


@pytest.mark.parametrize(
    "labels", [["dog", "dogs"], ["1", "10", "1.5", "-1"], ["a", "A", "b", "B"], ["C", "C++"], ["cat", "bat"]]
)
def test_different_classes_stay_different(tmp_path: Path, labels: list[str]) -> None:
    listing = listing_of(tmp_path, labels)
    assert set(listing.classes) == set(labels)
    assert causes(listing, "error") == []


def test_letters_in_two_cases_are_named_and_merged_only_when_told(tmp_path: Path) -> None:
    listing = listing_of(tmp_path, ["a", "A", "b"])
    assert causes(listing, "info") == [
        "single letters in two cases are classes of their own: A, a; --merge-spellings makes one class of each pair"
    ]
    assert listing_of(tmp_path, ["a", "A", "a", "b"], merge=True).classes == ("a", "b")


def test_folders_in_two_cases(tmp_path: Path) -> None:
    listing = list_folder(write(tmp_path, *grid("train val", "dog cat"), *grid("val", "Dog", images=1)))
    assert listing.classes == ("cat", "dog")
    assert labelled(listing)["val/Dog/0.png"] == "dog"
    assert listing.as_written == {"val/Dog/0.png": "Dog"}
    assert "'dog' (6), 'Dog' (1) → 'dog'" in listing.problems[0].cause


def test_the_same_name_below_other_superclasses_is_no_spelling(tmp_path: Path) -> None:
    listing = list_folder(write(tmp_path, *grid("tool", "Crane saw"), *grid("bird", "crane owl")))
    assert {"Crane", "crane"} <= set(listing.classes)
    assert causes(listing, "error") == []


@pytest.mark.parametrize("word", ["nan", "NaN", "none", "unknown", "?", "N/A", " null ", "-", "#N/A"])
def test_words_for_missing_are_labels_and_named(tmp_path: Path, word: str) -> None:
    listing = listing_of(tmp_path, [word, "cat", "dog"])
    assert word in listing.classes
    assert causes(listing) == [f"labels that read like a missing one are kept as classes: {word!r} (1)"]


def test_words_that_only_begin_so_are_not_named(tmp_path: Path) -> None:
    assert causes(listing_of(tmp_path, ["nana", "nonesuch", "unknown soldier", "what?"])) == []


@given(st.text(max_size=8))
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert folded(folded(text)) == folded(text)
