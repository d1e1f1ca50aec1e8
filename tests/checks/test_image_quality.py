"""Image quality: exactly what was planted, the threshold by value, and nothing that other images can change."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from datadoctor.checks import load
from datadoctor.findings import Finding
from datadoctor.sources.folder import list_folder
from datadoctor.stages.dataset import Dataset, readable_part
from datadoctor.stages.reading.images import read_image
from datadoctor.stages.reading.quality import COLUMNS
from fixtures.make import make_planted
from fixtures.textures import picture
from tests.checks.make import dataset_of
from tests.stages.reading.collect import collect

check = load("image-quality")
GOOD = {"highlight": 0.8, "shadow": 0.1, "contrast": 0.7, "sharpness": 1.0, "aspect": 1.0}


def read(root: Path) -> Dataset:
    listing = list_folder(root)
    return readable_part(listing, collect(read_image(root / path) for path in listing.paths))


def with_figures(*rows: dict[str, float], widths: tuple[int, ...] | None = None) -> Dataset:
    dataset = dataset_of(len(rows))
    quality = {name: np.array([(GOOD | row)[name] for row in rows], np.float32) for name in COLUMNS}
    images = replace(dataset.images, quality=quality)
    if widths:
        images = replace(images, widths=np.array(widths, np.int32), heights=np.array(widths, np.int32))
    return replace(dataset, images=images)


def faults(dataset: Dataset) -> dict[str, str]:
    return {finding.items[0].path: finding.message.split(" (")[0] for finding in check.find(dataset=dataset)}


def test_exactly_the_planted_faults_are_found(tmp_path: Path) -> None:
    truth = make_planted(tmp_path)
    assert faults(read(truth.root)) == (
        dict.fromkeys(truth.dark, "Dark")
        | dict.fromkeys(truth.blurry, "Blurry")
        | dict.fromkeys(truth.low_information, "Low information")
    )


@pytest.mark.parametrize(
    ("figure", "fine", "fault", "name"),
    [
        ("highlight", 0.201, 0.199, "Dark"),
        ("shadow", 0.849, 0.851, "Bright"),
        ("contrast", 0.051, 0.049, "Low information"),
        ("sharpness", 0.151, 0.149, "Blurry"),
        ("aspect", 3.99, 4.01, "Odd aspect"),
    ],
)
def test_thresholds(figure: str, fine: float, fault: float, name: str) -> None:
    assert faults(with_figures({}, {figure: fine}, {figure: fault})) == {"0002.png": name}


def test_odd_sizes_are_odd_against_the_median() -> None:
    dataset = with_figures(*[{}] * 7, widths=(100, 100, 100, 100, 501, 19, 480))
    assert faults(dataset) == {"0004.png": "Odd size", "0005.png": "Odd size"}


def test_several_faults_are_one_finding_with_the_worst_score() -> None:
    found: list[Finding] = list(
        check.find(dataset=with_figures({"highlight": 0.15, "contrast": 0.01, "sharpness": 0.0}))
    )
    assert [finding.message for finding in found] == [
        "Dark, low information (highlight 0.15 < 0.2, contrast 0.01 < 0.05)."
    ]
    assert found[0].score == pytest.approx(1 - 0.01 / 0.1)
    assert found[0].evidence["contrast_threshold"] == 0.05


def test_worst_come_first() -> None:
    found = list(check.find(dataset=with_figures({"highlight": 0.15}, {"highlight": 0.05}, {"aspect": 100}, {})))
    assert [finding.items[0].path for finding in found] == ["0002.png", "0001.png", "0000.png"]
    assert all(0.5 < finding.score <= 1 for finding in found)


def test_one_image_and_all_identical_images() -> None:
    assert faults(with_figures({})) == {}
    assert faults(with_figures(*[{}] * 5)) == {}
    assert faults(with_figures()) == {}


def test_adding_images_changes_nothing_for_the_others(tmp_path: Path) -> None:
    truth = make_planted(tmp_path)
    before = faults(read(truth.root))
    for number in range(60):
        Image.new("RGB", (64, 64), (number, 0, 0)).save(truth.root / f"train/rings/black{number}.png")
    after = faults(read(truth.root))
    assert {path: fault for path, fault in after.items() if "black" not in path} == before


def test_large_and_small_copies_are_judged_alike(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    rng = np.random.default_rng(4)
    for number in range(6):
        image = picture("rings", rng)
        image.resize((256, 256)).save(tmp_path / f"a/{number}.png")
        image.resize((1024, 1024), Image.Resampling.LANCZOS).save(tmp_path / f"a/large{number}.png")
    assert faults(read(tmp_path)) == {}
