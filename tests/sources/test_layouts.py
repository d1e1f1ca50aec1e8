"""Folder layouts: splits, classes, superclasses and groups as people lay them out, and what must not be taken for them."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from datadoctor.sources.folder import list_folder
from tests.sources.make import causes, grid, write


@dataclass(frozen=True)
class Case:
    """A layout and its right reading; ``said``: parts of the first line."""

    paths: list[str]
    splits: str = ""
    classes: str = ""
    groups: str = ""
    said: tuple[str, ...] = ()
    supers: str = ""


AB = "a b"
CASES = {
    # Wrappers.
    "one wrapper": Case(grid("my_dataset", "train val", "sea forest"), "train val", "sea forest", said=("below `my_dataset/`",)),
    "two wrappers": Case(grid("x", "archive", "Train TEST", AB), "Train TEST", AB, said=("below `x/archive/`",)),
    "wrapper without splits": Case(grid("photos_v2", AB), "", AB, said=("below `photos_v2/`",)),
    "wrapper beside a small folder": Case(
        [*grid("data", "train test", AB), "docs/logo.png"], "train test", AB, said=("`docs/` left out (1 image)",)
    ),
    "a wrapper in each split": Case(
        [*grid("seg_train", "seg_train", AB), *grid("seg_test", "seg_test", AB), "seg_pred/seg_pred/1.png"],
        "seg_train seg_test seg_pred",
        AB,
        said=("1 without a label",),
    ),
    "a container in each split": Case(grid("train val", "images", AB), "train val", AB),
    # Split words inside names.
    "suffix": Case(grid("train_set test_set", AB), "train_set test_set", AB),
    "prefix": Case(grid("cars_train cars_test", AB), "cars_train cars_test", AB),
    "digits": Case(grid("train2017 val2017", AB), "train2017 val2017", AB),
    "numbered": Case(grid("01-Train 02-Validation", AB), "01-Train 02-Validation", AB),
    "camel case": Case(grid("TrainData HoldOut", AB), "TrainData HoldOut", AB),
    "any case": Case(grid("tRAiN vALIDATION", AB), "tRAiN vALIDATION", AB),
    "joined": Case(grid("traindata testimages", AB), "traindata testimages", AB),
    "joined with what siblings have": Case(grid("xraytrain xrayval", AB), "xraytrain xrayval", AB),
    "hold-out": Case(grid("dev hold-out", AB), "dev hold-out", AB),
    "several parts of a split": Case(grid("train_1 train_2 val", AB), "train val", AB),
    "parts of a split named otherwise": Case(
        grid("Training PublicTest PrivateTest", AB), "Training test", AB, said=("test (PrivateTest + PublicTest)",)
    ),
    "a container between classes and dates": Case(
        grid("ok defect", "photos", "2024-01-03 2024-01-04"), "", "ok defect", groups="2024-01-03 2024-01-04"
    ),
    # Strays.
    "plots": Case([*grid("train val", AB), "plots/matrix.png"], "train val", AB, said=("`plots/` left out (1 image)",)),
    "two strays": Case(
        [*grid("train val", AB), "figures/1.png", "weights/2.png"], "train val", AB, said=("`figures/`, `weights/` left out",)
    ),
    "a stray with folders": Case([*grid("train val", "a b c"), "runs/exp1/1.png"], "train val", "a b c", said=("`runs/` left out",)),
    "an unknown split": Case(grid("train test other", AB), "train test other", AB),
    "unlabelled part": Case([*grid("train test", AB), *grid("unlabeled")], "train test unlabeled", AB),
    # Splits without labels.
    "frames": Case(grid("train val test"), "train val test", said=("no labels",)),
    "YOLO": Case(grid("images", "train val"), "train val", said=("below `images/`",)),
    "images in splits": Case(grid("train valid", "images"), "train valid"),
    "masks beside images in each split": Case(grid("train val", "images masks"), "train val", said=("left out",)),
    "masks beside images in each class": Case(grid("ill well", "images masks"), "", "ill well", said=("left out",)),
    "masks beside images": Case(grid("images masks", "train val"), "train val", said=("`masks/` left out",)),
    "ground truth beside splits": Case(
        [*grid("bottle", "train test", AB), *grid("bottle", "ground_truth", "b")],
        "train test",
        AB,
        said=("`bottle/ground_truth/` left out",),
    ),
    "annotations beside splits": Case(grid("train trainannot val valannot"), "train val", said=("`trainannot/`, `valannot/` left out",)),
    "unlabelled test": Case([*grid("train", "a b c"), *grid("test")], "train test", "a b c"),
    "unlabelled test in a container": Case([*grid("train", "a b c"), *grid("test", "images")], "train test", "a b c"),
    # Classes that look like splits.
    "names with split words": Case(grid("test_tube trainer valve developer"), "", "test_tube trainer valve developer"),
    "names that begin with one": Case(grid("train_station test_strip evaluation_board"), "", "train_station test_strip evaluation_board"),
    "train among vehicles": Case(grid("train ship bus"), "", "train ship bus"),
    "train and dev among others": Case(grid("train dev cat dog"), "", "train dev cat dog"),
    "people and tools": Case(grid("trainer tester valuer"), "", "trainer tester valuer"),
    "numbered tests": Case(grid("test1 test2 test3"), "", "test1 test2 test3"),
    "a class called train in splits": Case(grid("train val", "train bus"), "train val", "train bus"),
    # Unequal classes.
    "unequal classes": Case([*grid("train", "a b c"), *grid("test", "a d")], "train test", "a b c d"),
    # Splits below classes.
    "class first": Case(grid(AB, "train test"), "train test", AB, said=("in every class folder",)),
    "product, split, defect": Case(
        [*grid("nut cable", "train", "good"), *grid("nut", "test", "good bent"), *grid("cable", "test", "good cut")],
        "train test",
        "nut/good nut/bent cable/good cable/cut".replace("nut/bent", "bent").replace("cable/cut", "cut"),
        supers="nut cable",
    ),
    # Groups below classes.
    "patients": Case(grid("class0 class1", "P00 P01 P02"), "", "class0 class1", "P00 P01 P02", said=("class level 1, group level 2",)),
    "patients of one class each": Case([*grid("sick", "P1 P2"), *grid("well", "P3 P4")], "", "sick well", "P1 P2 P3 P4"),
    "patients in splits": Case(grid("train test", "sick well", "p1 p2"), "train test", "sick well", "p1 p2"),
    "dates": Case(grid(AB, "2021-03-04 2021-03-05"), "", AB, "2021-03-04 2021-03-05"),
    "cameras": Case(grid(AB, "cam_left cam_right"), "", AB, "cam_left cam_right"),
    "numbers are counted anew in each class": Case(grid(AB, "1 2"), "", AB, "a/1 a/2 b/1 b/2"),
    "two levels of groups": Case(grid(AB, "P1 P2", "day1 day2"), "", AB, "P1/day1 P1/day2 P2/day1 P2/day2"),
    "one class of patients": Case(grid("lesion", "P01 P02 P03"), "", "lesion", "P01 P02 P03"),
    "digits below a wrapper": Case(grid("digits", "0 1 2 3", images=20), "", "0 1 2 3"),
    "a container in each class": Case(grid("train", "n01443537 n01629819", "images"), "train", "n01443537 n01629819"),
    # Hierarchies.
    "superclasses": Case([*grid("animal", "cat dog"), *grid("vehicle", "car bus")], "", "cat dog car bus", supers="animal vehicle"),
    "superclasses in splits": Case(
        [*grid("train test", "animal", "cat dog"), *grid("train test", "vehicle", "car bus")],
        "train test", "cat dog car bus", supers="animal vehicle",
    ),
    "WordNet ids": Case([*grid("animal", "n01443537 n01629819"), *grid("thing", "n02123045 n02123159")], "",
                        "n01443537 n01629819 n02123045 n02123159", supers="animal thing"),
    "numbers that are classes": Case([*grid("even", "0 2 4", images=20), *grid("odd", "1 3 5", images=20)], "", "0 1 2 3 4 5",
                                     supers="even odd"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_the_likeliest_reading_is_taken_and_said(tmp_path: Path, name: str) -> None:
    case = CASES[name]
    listing = list_folder(write(tmp_path, *case.paths))
    assert set(listing.splits) - {""} == set(case.splits.split())
    assert set(listing.classes) == set(case.classes.split())
    assert set(listing.groups) - {""} == set(case.groups.split())
    assert {above for names in listing.superclasses.values() for above in names} == set(case.supers.split())
    assert all(part in listing.sentence() for part in case.said)
    assert not causes(listing, "error")
    n_left_out = sum("left out" in part for part in case.said)
    assert (
        bool(n_left_out)
        == (len(listing) < len(case.paths))
        == any("neither a split nor" in cause for cause in causes(listing))
    )


@pytest.mark.parametrize(
    ("paths", "classes", "splits", "groups", "taken"),
    [
        (grid("amazon dslr", "cat dog mug"), "cat dog mug", "amazon dslr", "", "(amazon, dslr) as splits"),
        (grid("amazon dslr", "images", "cat dog mug"), "cat dog mug", "amazon dslr", "", "(amazon, dslr) as splits"),
        (grid("part_a part_b part_c", AB), AB, "part_a part_b part_c", "", "as splits"),
        (grid("P1 P2 P3", "sick well"), "sick well", "", "P1 P2 P3", "as groups"),
        (grid("2021-05-01 2021-05-02", "cat dog"), "cat dog", "", "2021-05-01 2021-05-02", "as groups"),
        (grid("apple kiwi plum", "fresh rotten"), "apple kiwi plum", "", "fresh rotten", "groups of the classes above"),
    ],
)
def test_the_same_folders_below_several_others_are_the_first_finding(
    tmp_path: Path, paths: list[str], classes: str, splits: str, groups: str, taken: str
) -> None:
    listing = list_folder(write(tmp_path, *paths, "notes.txt"))
    assert set(listing.classes) == set(classes.split())
    assert set(listing.splits) - {""} == set(splits.split())
    assert set(listing.groups) - {""} == set(groups.split())
    first = listing.problems[0]
    assert first.severity == "error"
    assert taken in first.cause
    assert "--class-level" in first.advice


def test_a_big_folder_beside_splits_is_left_out_and_named_first(tmp_path: Path) -> None:
    listing = list_folder(write(tmp_path, *grid("train val", "a b", images=2), *grid("raw", images=30)))
    assert (listing.classes, set(listing.splits), len(listing)) == (("a", "b"), {"train", "val"}, 8)
    assert causes(listing, "error") == [
        "left out: 30 images in a folder that is neither a split nor a class beside the others"
    ]


def test_some_class_names_below_several_superclasses_are_named(tmp_path: Path) -> None:
    listing = list_folder(write(tmp_path, *grid("tool bird", "crane"), *grid("bird", "owl"), *grid("tool", "saw")))
    assert set(listing.classes) == {"tool/crane", "bird/crane", "owl", "saw"}
    assert causes(listing, "warning") == [
        "the same class names are below several folders: 'crane'; each is a class of its own here"
    ]


@pytest.mark.parametrize(
    ("paths", "levels", "classes", "splits", "groups"),
    [
        (grid("train test"), {"class_level": 1}, "train test", "", ""),
        (grid("class0 class1", "P0 P1"), {"class_level": 2}, "P0 P1", "", ""),
        (grid("amazon dslr", "images", "cat dog"), {"class_level": 3, "group_level": 1}, "cat dog", "", "amazon dslr"),
        (grid("amazon dslr", "cat dog"), {"class_level": 1}, "amazon dslr", "", "cat dog"),
        (grid("amazon dslr", "cat dog"), {"class_level": 2, "group_level": 1}, "cat dog", "", "amazon dslr"),
        (
            grid("train test", "s1 s2", "cat dog"),
            {"class_level": 3, "group_level": 2},
            "cat dog",
            "train test",
            "s1 s2",
        ),
        ([*grid("animal", "x1 x2"), *grid("thing", "y1 y2")], {"class_level": 2}, "x1 x2 y1 y2", "", ""),
        (grid("train val", "red blue", "tall short"), {"group_level": 3}, "red blue", "train val", "tall short"),
    ],
)
def test_levels_settle_it(
    tmp_path: Path, paths: list[str], levels: dict[str, int], classes: str, splits: str, groups: str
) -> None:
    listing = list_folder(
        write(tmp_path, *paths), class_level=levels.get("class_level"), group_level=levels.get("group_level")
    )
    assert set(listing.classes) == set(classes.split())
    assert set(listing.splits) - {""} == set(splits.split())
    assert set(listing.groups) - {""} == set(groups.split())


def test_the_levels_that_are_said_give_the_same_listing(tmp_path: Path) -> None:
    root = write(tmp_path, *grid("data", "train val", "sick well", "P1 P2"))
    listing = list_folder(root)
    assert "class level 3, group level 4" in listing.sentence()
    told = list_folder(root, class_level=3, group_level=4)
    assert (told.classes, told.splits, told.groups) == (listing.classes, listing.splits, listing.groups)


def test_classes_of_one_split_only_are_a_note(tmp_path: Path) -> None:
    listing = list_folder(write(tmp_path, *grid("train", "a b c"), *grid("test", "a d")))
    assert causes(listing, "info") == ["the splits do not have the same classes: in test only: d; in train only: b, c"]
