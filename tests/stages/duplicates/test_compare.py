"""Two datasets compared: what one holds of the other, in both directions, and nothing within either."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from datadoctor.checks import load
from datadoctor.progress import Silent
from datadoctor.stages.duplicates.candidates import unmirrored
from datadoctor.stages.duplicates.compare import CrossPairs, Side, compare
from datadoctor.stages.duplicates.find import find
from datadoctor.stages.index.build import build
from tests.stages.duplicates.pictures import dataset_of, picture


def side(root: Path, images: dict[str, Image.Image]) -> Side:
    dataset, small = dataset_of(root, images)
    return Side(dataset, unmirrored(small), small)


def named(pairs: CrossPairs, a: Side, b: Side) -> dict[tuple[str, str], str]:
    return {
        (a.dataset.paths[i], b.dataset.paths[j]): words
        for i, j, words in zip(pairs.a.tolist(), pairs.b.tolist(), pairs.differences, strict=True)
    }


@pytest.fixture(scope="module")
def sides(tmp_path_factory: pytest.TempPathFactory) -> tuple[Side, Side]:
    root = tmp_path_factory.mktemp("compare")
    new = {f"n{i}.png": picture(i) for i in range(8)}
    new["n-twice.png"] = picture(7)
    reference = {f"r{i}.png": picture(100 + i) for i in range(14)}
    reference |= {"mirror.png": ImageOps.mirror(picture(0)), "same.png": picture(1)}
    reference["crop.png"] = picture(2).crop((0, 0, 214, 160))
    return side(root / "new", new), side(root / "reference", reference)


def test_copies_across_are_found_and_named_and_nothing_within_a_side(sides: tuple[Side, Side]) -> None:
    new, reference = sides
    found = compare(new, reference, progress=Silent(), device="cpu")
    words = named(found, new, reference)
    assert set(words) == {("n0.png", "mirror.png"), ("n1.png", "same.png"), ("n2.png", "crop.png")}
    assert words["n0.png", "mirror.png"] == "mirrored"
    assert words["n1.png", "same.png"] in ("same file", "same pixels, other file")
    assert found.kinds == ("exact", "near", "near")
    assert not found.conflicting.any()


def test_swapping_the_sides_swaps_the_pairs(sides: tuple[Side, Side]) -> None:
    new, reference = sides
    there = compare(new, reference, progress=Silent(), device="cpu")
    back = compare(reference, new, progress=Silent(), device="cpu")
    pairs = set(zip(there.a.tolist(), there.b.tolist(), strict=True))
    assert pairs == set(zip(back.b.tolist(), back.a.tolist(), strict=True))


def test_an_image_crowded_out_in_one_direction_is_found_in_the_other(tmp_path: Path) -> None:
    # Twelve reference images are nearer to the new one than its true copy is; the copy's own nearest is the new one.
    new = side(tmp_path / "new", {"n.png": picture(0)})
    others = {f"r{i:02d}.png": picture(50 + i) for i in range(12)}
    reference = side(tmp_path / "reference", others | {"copy.png": ImageOps.mirror(picture(0))})
    vectors = np.tile(np.array([[1.0, 0.0]], np.float32), (13, 1))
    vectors[reference.dataset.paths.index("copy.png")] = [0.0, 1.0]
    misled = Side(reference.dataset, vectors, np.zeros_like(reference.small))
    found = compare(
        Side(new.dataset, np.array([[1, 0]], np.float32), new.small), misled, progress=Silent(), device="cpu"
    )
    assert list(named(found, new, reference)) == [("n.png", "copy.png")]


def test_identical_images_on_both_sides_do_not_multiply(tmp_path: Path) -> None:
    a = side(tmp_path / "a", {f"{i:02d}.png": picture(0) for i in range(20)})
    b = side(tmp_path / "b", {f"{i:02d}.png": picture(0) for i in range(20)})
    found = compare(a, b, progress=Silent(), device="cpu")
    assert len(found) == 39
    assert set(found.a.tolist()) == set(found.b.tolist()) == set(range(20))


def test_compare_finds_what_the_leak_check_of_one_audit_finds(tmp_path: Path) -> None:
    # Three test images have copies in train: exact, mirrored, and one with two copies; others are copied within a split only.
    train = {f"a{i:02d}.png": picture(i) for i in range(14)} | {"a-within.png": ImageOps.mirror(picture(13))}
    test = {f"b{i:02d}.png": picture(100 + i) for i in range(12)} | {"b-within.png": picture(105)}
    test |= {"b-same.png": picture(0), "b-mirrored.png": ImageOps.mirror(picture(1))}
    test |= {"b-cropped.png": picture(2).crop((0, 0, 214, 160)), "b-grey.png": picture(2).convert("L").convert("RGB")}
    new, reference = side(tmp_path / "a", train), side(tmp_path / "b", test)
    found = named(compare(new, reference, progress=Silent(), device="cpu"), new, reference)
    leaks = leaks_of_one_audit(tmp_path, train, test)
    assert {test_path for _, test_path in found} == {path for path in leaks if path in test} == set(list(test)[-4:])
    assert {train_path for train_path, _ in found} == {path for path in leaks if path in train}


def leaks_of_one_audit(tmp_path: Path, train: dict[str, Image.Image], test: dict[str, Image.Image]) -> set[str]:
    """The paths of all images in findings of leaks, with both sides in one dataset of two splits."""
    splits = ["train" if path in train else "test" for path in sorted(train | test)]
    dataset, small = dataset_of(tmp_path / "one", train | test, splits)
    neighbours = build(unmirrored(small), 10, device="cpu")
    pairs = find(dataset, small, neighbours, progress=Silent(), device="cpu")
    return {item.path for finding in load("split-leak").find(dataset, pairs) for item in finding.items}


def test_labels_that_differ_conflict(tmp_path: Path) -> None:
    a, b = (side(tmp_path / name, {"x.png": picture(0)}) for name in "ab")
    other = replace(b, dataset=replace(b.dataset, classes=("b",)))
    missing = replace(b, dataset=replace(b.dataset, labels=np.array([-1], np.int32)))
    assert compare(a, other, progress=Silent(), device="cpu").conflicting.tolist() == [True]
    assert compare(a, missing, progress=Silent(), device="cpu").conflicting.tolist() == [False]


@pytest.mark.gpu
def test_a_gpu_finds_the_same_pairs(sides: tuple[Side, Side]) -> None:
    new, reference = sides
    found = [compare(new, reference, progress=Silent(), device=device) for device in ("cpu", "cuda")]
    assert named(found[0], new, reference) == named(found[1], new, reference)
