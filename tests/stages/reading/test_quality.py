"""Quality figures: right values on images that can be worked out by hand, and what they must not depend on."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter

from datadoctor.stages.reading.images import Opened, read_image
from datadoctor.stages.reading.quality import COLUMNS, figures
from fixtures.textures import PATTERNS, picture


def grey(values: object) -> Image.Image:
    return Image.fromarray(np.asarray(values, np.uint8)).convert("RGB")


def test_a_plain_image() -> None:
    found = figures(grey(np.full((20, 40), 51)))
    assert found == pytest.approx({"highlight": 0.2, "shadow": 0.2, "contrast": 0, "sharpness": 0, "aspect": 2})
    assert tuple(found) == COLUMNS


def test_percentiles_by_hand() -> None:
    values = np.repeat(np.arange(100), 100).reshape(100, 100)
    found = figures(grey(values))
    assert found["shadow"] * 255 == pytest.approx(4)
    assert found["highlight"] * 255 == pytest.approx(94)
    assert found["contrast"] * 255 == pytest.approx(98)


def test_sharpness_of_a_step_and_of_a_checkerboard() -> None:
    step = np.zeros((64, 64))
    step[:, 32:] = 255
    checks = np.indices((64, 64)).sum(axis=0) % 2 * 255
    assert figures(grey(step))["sharpness"] == pytest.approx(1)
    assert figures(grey(checks))["sharpness"] == pytest.approx(4)


@pytest.mark.parametrize("name", PATTERNS)
def test_blurring_lowers_sharpness_and_fading_does_not(name: str) -> None:
    image = picture(name, np.random.default_rng(3))
    sharpness = [figures(image.filter(ImageFilter.GaussianBlur(sigma)))["sharpness"] for sigma in (0, 1, 2, 4)]
    assert sharpness == sorted(sharpness, reverse=True)
    assert sharpness[0] > 0.5
    assert sharpness[3] < 0.15
    faded = grey(np.rint(np.asarray(image.convert("L")) * 0.4 + 90))
    assert figures(faded)["sharpness"] == pytest.approx(figures(image)["sharpness"], rel=0.1)


def test_a_sharp_subject_before_a_plain_background_is_sharp() -> None:
    values = np.full((200, 200), 230.0)
    values[90:110, 90:110] = np.indices((20, 20)).sum(axis=0) % 4 * 60
    assert figures(grey(values))["sharpness"] > 0.5


@pytest.mark.parametrize("size", [(1, 1), (1, 2), (5000, 1), (1, 3000), (321, 2), (320, 320), (1000, 700)])
def test_any_size_has_finite_figures(size: tuple[int, int]) -> None:
    found = figures(Image.new("RGB", size, (9, 9, 9)))
    assert all(np.isfinite(value) for value in found.values())
    assert found["aspect"] == max(size) / min(size)


@pytest.mark.shared
@pytest.mark.parametrize("name", ["caltech44", "cifar10", "tinyimagenet_mini"])
def test_real_photos_are_hardly_ever_blurry(name: str, tmp_path: Path) -> None:
    import tarfile

    archive = Path(__file__).parents[3] / "../shared/data" / name / "images.tar"
    if not archive.is_file():
        pytest.skip(f"{archive} is absent")
    with tarfile.open(archive) as tar:
        members = sorted((member for member in tar if member.isfile()), key=lambda member: member.name)[::20]
        tar.extractall(tmp_path, members)
    images = [read_image(file) for file in sorted(tmp_path.rglob("*.*")) if file.is_file()]
    sharpness = [image.quality["sharpness"] for image in images if isinstance(image, Opened)]
    assert len(sharpness) == len(images) > 100
    assert np.mean(np.array(sharpness) < 0.15) < 0.005
