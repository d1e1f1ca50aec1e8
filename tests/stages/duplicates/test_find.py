"""Planted copies are found and named, everything else is not, and copies do not multiply pairs."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps
from sklearn.datasets import load_digits

from datadoctor.progress import Silent
from datadoctor.stages.duplicates import DuplicatePairs
from datadoctor.stages.duplicates.candidates import unmirrored
from datadoctor.stages.duplicates.find import find
from datadoctor.stages.duplicates.groups import groups
from datadoctor.stages.duplicates.planting import planted as planted_in
from datadoctor.stages.index.build import build
from tests.stages.duplicates.pictures import dataset_of, picture


def found_in(
    root: Path, images: dict[str, Image.Image], splits: list[str] | None = None
) -> tuple[DuplicatePairs, list[set[str]]]:
    dataset, small = dataset_of(root, images, splits)
    neighbours = build(unmirrored(small), 10, device="cpu")
    copies = planted_in(dataset, None, small.shape[1], seed=0)
    seen = unmirrored(small), unmirrored(copies.small)
    pairs = find(dataset, small, neighbours, planted=copies, seen=seen, progress=Silent(), device="cpu")
    return pairs, [{dataset.paths[row] for row in group.rows} for group in groups(pairs)]


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> tuple[DuplicatePairs, list[set[str]]]:
    images = {f"p{i:02d}.png": picture(i) for i in range(24)}
    images["x0-mirrored.png"] = ImageOps.mirror(picture(0))
    images["x1-grey.png"] = picture(1).convert("L").convert("RGB")
    images["x2-rescaled.png"] = picture(2).resize((150, 112), Image.Resampling.BICUBIC)
    images["x3-cropped.png"] = picture(3).crop((0, 0, 214, 160))
    images["x4-same.png"] = picture(4)
    return found_in(tmp_path_factory.mktemp("planted"), images)


def test_planted_copies_and_nothing_else(planted: tuple[DuplicatePairs, list[set[str]]]) -> None:
    _, sets = planted
    copies = ["x0-mirrored", "x1-grey", "x2-rescaled", "x3-cropped", "x4-same"]
    expected = [{f"p{i:02d}.png", f"{name}.png"} for i, name in enumerate(copies)]
    assert sorted(map(sorted, sets)) == sorted(map(sorted, expected))


def test_differences_are_named(planted: tuple[DuplicatePairs, list[set[str]]]) -> None:
    pairs, _ = planted
    words = {int(a): text for a, text in zip(pairs.a, pairs.differences, strict=True)}
    assert words[0] == "mirrored"
    assert "without its colours" in words[1]
    assert "rescaled" in words[2]
    assert words[3].startswith("cropped to ")
    assert pairs.kinds[0] == "exact"
    assert pairs.scores[0] == 1
    assert (np.diff(pairs.scores) <= 0).all()


def test_planted_recall_names_every_change(planted: tuple[DuplicatePairs, list[set[str]]]) -> None:
    pairs, _ = planted
    assert pairs.planted_recall["mirrored"] >= 0.9
    assert pairs.planted_recall["recompressed to JPEG 50"] >= 0.9
    assert set(pairs.planted_recall) >= {"grey", "cropped to 80 %", "rescaled to 60 %", "text over it", "30 % brighter"}
    assert set(pairs.planted_reached) == set(pairs.planted_recall)
    assert pairs.planted_reached["mirrored"] == 1


def test_identical_images_make_a_star_and_keep_their_near_duplicate(tmp_path: Path) -> None:
    images = {f"c{i:02d}.png": picture(0) for i in range(30)}
    images["near.png"] = ImageOps.mirror(picture(0))
    images |= {f"p{i}.png": picture(i) for i in range(1, 6)}
    pairs, sets = found_in(tmp_path, images)
    assert sets == [{*(f"c{i:02d}.png" for i in range(30)), "near.png"}]
    assert len(pairs) == 30


def test_the_test_copy_is_kept(tmp_path: Path) -> None:
    images = {"a.png": picture(0), "b.png": picture(0), "c.png": picture(1)}
    pairs, _ = found_in(tmp_path, images, ["train", "test", "train"])
    assert pairs.representatives.tolist() == [1]


@pytest.mark.parametrize("n", [1, 2])
def test_too_few_images_have_no_duplicates(tmp_path: Path, n: int) -> None:
    pairs, sets = found_in(tmp_path, {f"{i}.png": picture(i) for i in range(n)})
    assert len(pairs) == 0
    assert sets == []


def test_flat_images_are_no_near_duplicates(tmp_path: Path) -> None:
    shades = {f"{value}.png": Image.new("RGB", (64, 64), (value, value, value)) for value in (0, 90, 200, 255)}
    assert found_in(tmp_path, shades)[1] == []


def test_shape_counts_for_exact_copies(tmp_path: Path) -> None:
    images = {
        "wide.png": Image.new("RGB", (20, 10)),
        "high.png": Image.new("RGB", (10, 20)),
    }
    assert found_in(tmp_path, images)[1] == []


def test_the_same_images_give_the_same_pairs(tmp_path: Path) -> None:
    images = {f"p{i}.png": picture(i) for i in range(6)} | {"x.png": ImageOps.mirror(picture(0))}
    first, second = (found_in(tmp_path / name, images)[0] for name in ("one", "two"))
    assert first.differences == second.differences
    np.testing.assert_array_equal(first.scores, second.scores)


def test_written_digits_look_alike_and_are_no_duplicates(tmp_path: Path) -> None:
    digits = load_digits().images[:150]
    images = {f"{i:03d}.png": Image.fromarray((image * 15).astype(np.uint8)) for i, image in enumerate(digits)}
    images["x.png"] = images["007.png"].copy()
    assert found_in(tmp_path, images)[1] == [{"007.png", "x.png"}]


def test_copies_of_images_with_hardly_a_feature_are_found_and_look_alikes_are_not(tmp_path: Path) -> None:
    digits = [Image.fromarray((image * 15).astype(np.uint8)).resize((32, 32)) for image in load_digits().images[:80]]
    images = {f"{i:03d}.png": image for i, image in enumerate(digits)}
    images["x-mirrored.png"] = ImageOps.mirror(digits[3])
    images["x-rescaled.png"] = digits[5].resize((20, 20), Image.Resampling.BICUBIC)
    assert sorted(map(sorted, found_in(tmp_path, images)[1])) == [
        ["003.png", "x-mirrored.png"],
        ["005.png", "x-rescaled.png"],
    ]


def test_smooth_shades_are_no_copies_of_each_other(tmp_path: Path) -> None:
    # Like empty slides and skies: one gradient, and nothing but noise of the sensor on it.
    gradient = np.add.outer(np.linspace(90, 180, 96), np.linspace(0, 30, 96))
    noisy = [gradient + np.random.default_rng(seed).normal(0, 2, gradient.shape) for seed in range(8)]
    images = {f"{i}.png": Image.fromarray(pixels.astype(np.uint8)).convert("RGB") for i, pixels in enumerate(noisy)}
    assert found_in(tmp_path, images)[1] == []
