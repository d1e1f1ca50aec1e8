"""Inputs that real people's data look like, from beside the checkout: each is read as a user expects."""

import tarfile
from pathlib import Path

import pytest

from datadoctor.config import load
from datadoctor.sources import Listing
from datadoctor.sources.choice import list_source
from tests.sources.make import causes

ARCHIVE = Path(__file__).parents[3] / "shared" / "cases" / "cases.tar"
THREE = {"beagle", "boxer", "pug"}

pytestmark = pytest.mark.shared


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not ARCHIVE.is_file():
        pytest.skip(f"{ARCHIVE} is not here")
    folder = tmp_path_factory.mktemp("cases")
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(folder, filter="data")
    return folder


def read(cases: Path, case: str, manifest: str = "", below: str = "data", **settings: object) -> Listing:
    if manifest:
        settings["manifest"] = cases / case / "data" / manifest
    return list_source(cases / case / below, load(None, settings, search=False))


@pytest.mark.parametrize("case", ["wrapper_folder", "splits_and_a_plots_folder"])
def test_splits_of_folders(cases: Path, case: str) -> None:
    listing = read(cases, case)
    assert set(listing.splits) == {"train", "val"}
    assert set(listing.classes) == {"buildings", "forest", "sea"}
    said = "below `my_dataset/`" if case == "wrapper_folder" else "`plots/` left out (1 image)"
    assert said in listing.sentence()


def test_patients(cases: Path) -> None:
    listing = read(cases, "patient_folders_below_classes")
    assert listing.classes == ("class0", "class1")
    assert set(listing.groups) == {f"P0{number}" for number in range(8)}
    assert "class level 1, group level 2" in listing.sentence()


def test_hugging_face(cases: Path) -> None:
    listing = read(cases, "hf_metadata_csv")
    assert (len(listing), set(listing.splits), set(listing.classes)) == (60, {"train", "test"}, THREE)


@pytest.mark.parametrize(
    ("case", "manifest"),
    [
        ("windows_paths", "labels.csv"),
        ("windows_paths", "mixed.csv"),
        ("excel_semicolons", "labels.csv"),
        ("excel_empty_columns", "labels.csv"),
        ("excel_empty_columns", "one_comma_more.csv"),
        ("no_header", "labels.csv"),
    ],
)
def test_manifests_that_are_used_as_they_are(cases: Path, case: str, manifest: str) -> None:
    listing = read(cases, case, manifest)
    assert (len(listing), set(listing.classes), causes(listing)) == (30, THREE, [])


def test_absolute_paths(cases: Path) -> None:
    file = cases / "absolute_paths_below_root" / "data" / "labels.csv"
    file.write_text(file.read_text().replace("/ROOT", str(cases)))
    listing = read(cases, "absolute_paths_below_root", "labels.csv")
    assert (len(listing), set(listing.classes), causes(listing)) == (30, THREE, [])


def test_text_list(cases: Path) -> None:
    listing = read(cases, "no_header", "train.txt")
    assert (len(listing), listing.classes) == (30, ("0", "1", "2"))
    assert "no header" in listing.sentence()


def test_several_rows(cases: Path) -> None:
    listing = read(
        cases, "several_rows_an_image", "labels.csv", "data/images", path_column="ImageID", label_column="LabelName"
    )
    (problem,) = listing.problems
    assert problem.cause.startswith("30 images of 30 have several rows with different labels")
    assert len(listing) == 30


def test_spellings(cases: Path) -> None:
    listing = read(cases, "label_spelling_variants", "labels.csv")
    assert listing.classes == ("cat", "dog")
    assert "'DOG' (8)" in listing.problems[0].cause
    assert listing.problems[0].severity == "error"


def test_numbers(cases: Path) -> None:
    listing = read(cases, "numbers_as_floats", "labels.csv")
    assert listing.classes == ("0", "1", "2")
    assert "'1' (5), '1.0' (5) → '1'" in listing.problems[0].cause


@pytest.mark.parametrize(("manifest", "classes"), [("labels.csv", 12), ("labels.jsonl", 3), ("float.parquet", 3)])
def test_missing(cases: Path, manifest: str, classes: int) -> None:
    listing = read(cases, "words_for_missing", manifest)
    assert len(listing.classes) == classes
    assert (int((listing.labels < 0).sum()) == 9) == (classes == 3)
    named = [cause for cause in causes(listing) if "read like a missing one" in cause]
    assert len(named) == (classes == 12)


@pytest.mark.parametrize("name", ["values", "col_Split", "col_subset", "col_set", "col_fold", "col_partition"])
def test_split_columns(cases: Path, name: str) -> None:
    listing = read(cases, "split_column", f"{name}.csv")
    assert {split.casefold() for split in listing.splits} == {"train", "test"}


def test_images_that_are_not_listed(cases: Path) -> None:
    listing = read(cases, "images_the_manifest_does_not_list", "labels.csv")
    assert len(listing) == 20
    assert "10 images below the folder are in no row" in listing.sentence()
