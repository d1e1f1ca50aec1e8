"""Items that are a part of a photo: what is cut out, and what they are known by."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from datadoctor.sources.box import LEAST_SIDE, Box
from datadoctor.sources.originals import Crop, box_of, content_of, digest_if_readable, name_of, opened, stamp_of
from datadoctor.stages.dataset.look import Look
from datadoctor.stages.reading.images import Opened, Unreadable, read_deep, read_image, reduced


def photo(file: Path, width: int = 200, height: int = 120) -> Path:
    pixels = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(file)
    return file


def test_an_object_is_the_part_of_the_photo_that_its_box_holds_with_a_margin(tmp_path: Path) -> None:
    file = photo(tmp_path / "a.png")
    box = Box(100, 40, 150, 80)
    found = read_image(Crop(file, box))
    assert isinstance(found, Opened)
    expected = Image.open(file).crop((95, 36, 155, 84))
    assert found.pixels.tobytes() == expected.tobytes()
    assert (found.width, found.height) == (60, 48)


def test_a_crop_has_the_key_of_an_image_with_the_same_pixels(tmp_path: Path) -> None:
    file = photo(tmp_path / "a.png")
    Image.open(file).crop((95, 36, 155, 84)).save(tmp_path / "crop.png")
    crop, alone = read_image(Crop(file, Box(100, 40, 150, 80))), read_image(tmp_path / "crop.png")
    assert isinstance(crop, Opened)
    assert isinstance(alone, Opened)
    assert crop.pixel_digest == alone.pixel_digest
    assert crop.digest != alone.digest


def test_the_whole_photo_stands_for_what_is_too_small(tmp_path: Path) -> None:
    found = read_image(Crop(photo(tmp_path / "a.png"), Box(10, 10, 10 + LEAST_SIDE - 4, 60)))
    assert isinstance(found, Opened)
    assert (found.width, found.height) == (200, 120)


def test_a_box_outside_is_unreadable_in_words(tmp_path: Path) -> None:
    found = read_image(Crop(photo(tmp_path / "a.png"), Box(300, 10, 400, 60)))
    assert isinstance(found, Unreadable)
    assert found.cause == "its box lies outside the image of 200 x 120 pixels, or holds no pixel"


def test_what_an_object_is_known_by_changes_with_the_photo_and_with_the_box(tmp_path: Path) -> None:
    file = photo(tmp_path / "a.png")
    one, other = Crop(file, Box(10, 10, 60, 60)), Crop(file, Box(10, 10, 60, 61))
    assert digest_if_readable(one) != digest_if_readable(other)
    assert name_of(one) != name_of(other)
    assert stamp_of(one) == stamp_of(file)
    before = digest_if_readable(one)
    photo(file, 201)
    assert digest_if_readable(one) != before
    assert digest_if_readable(file) == hashlib.sha256(file.read_bytes()).hexdigest()


def test_a_crop_reads_as_its_photo(tmp_path: Path) -> None:
    file = photo(tmp_path / "a.png")
    crop = Crop(file, Box(0, 0, 50, 50))
    assert content_of(crop) == file.read_bytes()
    assert crop.suffix == ".png"
    assert box_of(crop) == Box(0, 0, 50, 50)
    assert box_of(file) is None
    with opened(crop) as stream:
        assert stream.read(4) == b"\x89PNG"
    assert digest_if_readable(Crop(tmp_path / "none.png", Box(0, 0, 1, 1))) == ""


def test_deep_photos_are_cropped_with_all_their_values(tmp_path: Path) -> None:
    values = np.arange(100 * 90, dtype=np.uint16).reshape(90, 100)
    Image.fromarray(values).save(tmp_path / "deep.png")
    found = read_deep(Crop(tmp_path / "deep.png", Box(20, 30, 40, 50)), Look())
    assert found is not None
    assert np.array_equal(found.values[..., 0], values[28:52, 18:42])
    small = reduced(Crop(tmp_path / "deep.png", Box(20, 30, 40, 50)), Look(), 64)
    assert small is not None
    assert small.size == (24, 24)


@given(st.integers(1, 500), st.integers(1, 500), st.tuples(*[st.floats(-100, 600, allow_nan=False)] * 4), st.booleans())
def test_what_is_looked_at_lies_in_the_photo_and_holds_the_box(
    width: int, height: int, edges: tuple[float, float, float, float], relative: bool
) -> None:
    left, top, right, bottom = (edge / 500 if relative else edge for edge in edges)
    box = Box(left, top, right, bottom, relative)
    try:
        left, top, right, bottom = box.pixels(width, height)
    except ValueError:
        return
    cut = box.looked_at(width, height)
    assert 0 <= cut[0] <= left < right <= cut[2] <= width
    assert 0 <= cut[1] <= top < bottom <= cut[3] <= height


@given(st.integers(1, 4000), st.integers(1, 4000), st.data())
def test_a_box_as_shares_of_the_sides_is_that_in_pixels(width: int, height: int, data: st.DataObject) -> None:
    left, top = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
    right, bottom = data.draw(st.integers(left + 1, width)), data.draw(st.integers(top + 1, height))

    def share(value: float, whole: int) -> float:
        return round(value / whole, 6)

    middle, size = share((left + right) / 2, width), share(right - left, width)
    down, high = share((top + bottom) / 2, height), share(bottom - top, height)
    shares = Box(middle - size / 2, down - high / 2, middle + size / 2, down + high / 2, relative=True)
    assert shares.pixels(width, height) == Box(left, top, right, bottom).pixels(width, height)


@pytest.mark.parametrize("box", [Box(5, 5, 5, 50), Box(5, 5, 4, 50), Box(-9, -9, 0, 0)])
def test_an_empty_box_holds_no_pixel(box: Box) -> None:
    with pytest.raises(ValueError, match="holds no pixel"):
        box.pixels(100, 100)
