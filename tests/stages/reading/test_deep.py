"""More than 8 bits and more than four bands: shown by the range of the dataset, and never by the container's alone."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from datadoctor.errors import DataDoctorError
from datadoctor.stages.dataset.look import Look, bands_of, of_summary
from datadoctor.stages.reading.images import Opened, Unreadable, decode, is_deep, shown
from datadoctor.stages.reading.ranges import ranges, survey
from tests.stages.reading.deep_images import bands, jpeg, png, scene, tiff

SAMPLES = [bands(np.zeros((8, 8, 13), np.uint16)), tiff(np.zeros((8, 8))), png(np.zeros((8, 8, 3), np.uint16))]


def rgb(content: bytes, look: Look | None = None) -> NDArray[np.int16]:
    found = decode(content, look or Look())
    assert isinstance(found, Opened), found
    return np.asarray(found.pixels).astype(np.int16)


def written(folder: Path, contents: list[bytes], extension: str) -> list[Path]:
    files = [folder / f"{number}{extension}" for number in range(len(contents))]
    for file, content in zip(files, contents, strict=True):
        file.write_bytes(content)
    return files


def grey(kind: str, values: NDArray[np.float64]) -> tuple[bytes, str]:
    """Values from 0 to 1 as one kind of file, and its extension."""
    if kind == "12 bits in PNG":
        return png((values * 4095).astype(np.uint16)), ".png"
    if kind == "10 bits in TIFF":
        return tiff((values * 1023).astype(np.uint16)), ".tif"
    if kind == "12-bit colour in PNG":
        return png((values[..., None] * [4095, 4000, 4090]).astype(np.uint16)), ".png"
    if kind == "14-bit colour in TIFF":
        return tiff((values[..., None] * [16383, 16383, 16000]).astype(np.uint16), photometric="rgb"), ".tif"
    if kind == "thermal":
        return tiff((29_000 + values * 2000).astype(np.uint16)), ".tif"
    if kind == "Hounsfield":
        return tiff((values * 4000 - 1024).astype(np.int16)), ".tif"
    if kind == "reflectance":
        return tiff((values * 0.3).astype(np.float32)), ".tif"
    return tiff(values * 12.5 - 3), ".tif"


KINDS = ["12 bits in PNG", "10 bits in TIFF", "12-bit colour in PNG", "14-bit colour in TIFF", "thermal", "Hounsfield",
         "reflectance", "double precision"]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_every_depth_is_shown_as_its_8_bits_would_be(tmp_path: Path, kind: str) -> None:
    scenes = [scene(seed, channels=()) * share for seed, share in enumerate((1.0, 0.4, 0.9))]
    contents, (extension, *_) = zip(*(grey(kind, values) for values in scenes), strict=True)
    files = written(tmp_path, list(contents), extension)
    look = Look(ranges=survey(files, Look()))
    for values, content in zip(scenes, contents, strict=True):
        assert np.abs(rgb(content, look)[..., 0] - np.rint(values * 255)).max() <= 12
    assert rgb(contents[1], look).max() < 128, "a darker image stays darker than the others"


@pytest.mark.parametrize("marker", [-9999.0, -32768.0, 3.4e38, np.nan, np.inf])
@pytest.mark.parametrize("declared", [False, True])
def test_values_without_data_blind_no_image(tmp_path: Path, marker: float, declared: bool) -> None:
    scenes = [scene(seed, channels=()) for seed in range(4)]
    tags = [(42113, "s", 0, str(marker), True)] if declared else []
    contents = []
    for number, values in enumerate(scenes):
        marked = (values * 3000).astype(np.float32)
        marked[: 1 + 15 * number, :10] = marker
        contents.append(tiff(marked, extratags=tags))
    look = Look(ranges=survey(written(tmp_path, contents, ".tif"), Look()))
    for number, (values, content) in enumerate(zip(scenes, contents, strict=True)):
        found = rgb(content, look)[..., 0]
        assert np.abs(found - np.rint(values * 255))[:, 10:].max() <= 12
        if marker < 0 or not np.isfinite(marker) or declared:
            assert (found[: 1 + 15 * number, :10] == 0).all()


def test_images_of_8_bits_are_not_asked_and_not_changed(tmp_path: Path) -> None:
    values = (scene(1) * 255).astype(np.uint8)
    files = written(tmp_path, [png(values), tiff(values, photometric="rgb")], ".png")
    files += written(tmp_path, [jpeg(values)], ".jpg")
    assert not any(map(is_deep, files))
    assert survey(files, Look()) == {}
    assert Look(ranges=survey(files, Look())).key == ""
    look = Look(ranges={"PNG uint16 x1": ((0.0, 4095.0),)})
    for file in files:
        here, there = decode(file.read_bytes()), decode(file.read_bytes(), look)
        assert isinstance(here, Opened)
        assert isinstance(there, Opened)
        assert replace(here, pixels=None) == replace(there, pixels=None)  # type: ignore[arg-type]
        assert np.array_equal(np.asarray(here.pixels), np.asarray(there.pixels))


def test_the_kinds_of_a_mixed_dataset_have_ranges_of_their_own(tmp_path: Path) -> None:
    values = scene(2, channels=())
    contents = [png((values * 4095).astype(np.uint16)), png((values * 255).astype(np.uint8))]
    files = written(tmp_path, contents, ".png") + written(tmp_path, [tiff((values * 1023).astype(np.uint16))], ".tif")
    look = Look(ranges=survey(files, Look()))
    assert look.ranges == {"PNG uint16 x1": ((0.0, 4095.0),), "TIFF uint16 x1": ((0.0, 1023.0),)}
    shown_ = [rgb(file.read_bytes(), look) for file in files]
    assert max(np.abs(one - shown_[0]).max() for one in shown_) <= 1


@given(bits=st.integers(9, 16), share=st.floats(0.55, 1), dark=st.integers(0, 20), seed=st.integers(0, 999))
@settings(max_examples=50, deadline=None)
def test_the_range_is_that_of_the_bits_used(bits: int, share: float, dark: int, seed: int) -> None:
    """However many dark images there are besides, and whichever images are asked."""
    rng = np.random.default_rng(seed)
    bright = rng.random((2000, 1)) * (2**bits - 1) * share
    values = np.floor(np.concatenate([bright, *(rng.random((1000, 1)) * 50 for _ in range(dark))]))
    assert ranges("PNG uint16 x1", values) == ((0.0, 2.0**bits - 1),)


@pytest.mark.parametrize(
    ("content", "said", "first"),
    [
        (lambda v: bands((v * 255).astype(np.uint8)), "13 bands: 1, 2, 3 shown as red, green and blue", (0, 1, 2)),
        (lambda v: bands((v * 4000).astype(np.uint16), compression="zlib"), "13 bands: 1, 2, 3 shown", (0, 1, 2)),
        (lambda v: bands(v[..., :6].astype(np.float32)), "6 bands: 1, 2, 3 shown", (0, 1, 2)),
        (lambda v: bands(v[..., :2]), "2 bands: the first is shown as grey", (0, 0, 0)),
    ],
)
def test_many_bands(tmp_path: Path, content: Any, said: str, first: tuple[int, ...]) -> None:
    values = scene(3, channels=(13,))
    (file,) = written(tmp_path, [content(values)], ".tif")
    look = Look(ranges=survey([file], Look()))
    found = decode(file.read_bytes(), look)
    assert isinstance(found, Opened)
    assert said in found.warning
    assert np.abs(np.asarray(found.pixels) - np.rint(values[..., list(first)] * 255)).max() <= 12


def test_bands_are_chosen_by_number() -> None:
    values = (scene(4, channels=(8,)) * 255).astype(np.uint8)
    assert np.array_equal(rgb(bands(values), Look(bands=(5, 3, 2))), values[..., [4, 2, 1]])
    assert np.array_equal(rgb(bands(values), Look(bands=(8,))), values[..., [7, 7, 7]])
    planes = tiff(np.moveaxis(values, 2, 0), photometric="minisblack", planarconfig="separate")
    assert np.array_equal(rgb(planes, Look(bands=(5, 3, 2))), values[..., [4, 2, 1]])
    near_infrared = tiff(values[..., :4], photometric="rgb", extrasamples=["unspecified"])
    assert np.array_equal(rgb(near_infrared), values[..., :3])
    assert np.array_equal(rgb(near_infrared, Look(bands=(4, 1, 2))), values[..., [3, 0, 1]])
    three = png(values[..., :3])
    assert np.array_equal(rgb(three, Look(bands=(8, 4, 3))), values[..., :3])
    found = decode(bands(values[..., :5]), Look(bands=(8, 4, 3)))
    assert isinstance(found, Unreadable)
    assert "it has 5 bands, band 8 was asked for with --bands" in found.cause


@pytest.mark.parametrize("text", ["0,1,2", "1,2", "a", "1,2,3,4", "-1,2,3"])
def test_bands_that_are_none(text: str) -> None:
    with pytest.raises(DataDoctorError, match="three numbers of bands"):
        bands_of(text)


def test_16_bit_colour_and_its_transparency() -> None:
    values = np.zeros((4, 4, 4), np.uint16)
    values[..., 0], values[..., 3] = 65535, 65535
    values[0, 0] = 0
    found = rgb(png(values))
    assert found[0, 0].tolist() == [255, 255, 255]
    assert found[1, 1].tolist() == [255, 0, 0]
    with_alpha = tiff(values, photometric="rgb", extrasamples=["unassalpha"])
    assert np.array_equal(rgb(with_alpha), found)


def test_what_differs_only_below_8_bits_is_another_picture() -> None:
    values = np.full((8, 8, 3), 0x1200, np.uint16)
    one, other, again = (decode(png(values + low)) for low in (0, 1, 0))
    shown_brighter = decode(png(values), Look(ranges={"PNG uint16 x3": ((0.0, 9.0),) * 3}))
    digests = [found.pixel_digest for found in (one, other, again, shown_brighter) if isinstance(found, Opened)]
    assert [digest == digests[0] for digest in digests] == [True, False, True, True]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_of_16_bit_colour(orientation: int) -> None:
    values = (scene(5)[:24] * 65535).astype(np.uint16)
    content = tiff(values, photometric="rgb", extratags=[(274, "H", 1, orientation, True)])
    eight = tiff((values >> 8).astype(np.uint8), photometric="rgb", extratags=[(274, "H", 1, orientation, True)])
    assert np.abs(rgb(content) - rgb(eight)).max() <= 1


def test_pictures_of_the_report_are_shown_alike() -> None:
    values = (scene(6, channels=()) * 4095).astype(np.uint16)
    look = Look(ranges={"PNG uint16 x1": ((0.0, 4095.0),)})
    assert np.array_equal(np.asarray(shown(png(values), look, 384)), rgb(png(values), look))
    eight = (scene(6, side=900) * 255).astype(np.uint8)
    assert 384 <= min(shown(jpeg(eight), Look(), 384).size) < 900


def test_a_look_survives_the_summary() -> None:
    look = Look({"PNG uint16 x1": ((0.0, 4095.0),)}, (3, 2, 1), 10**9)
    kept = {"ranges": {"PNG uint16 x1": [[0.0, 4095.0]]}, "bands": [3, 2, 1], "most_pixels": 10**9}
    assert of_summary(kept) == look
    assert of_summary(kept).key == look.key != ""
    assert of_summary({}).key == ""


def test_damaged_and_truncated_files_of_many_bands_are_unreadable() -> None:
    values = scene(7, channels=(13,))
    contents = [bands(values.astype(np.float32)), bands((values * 4000).astype(np.uint16), compression="zlib")]
    contents.append(png((values[..., :3] * 4095).astype(np.uint16)))
    for content in contents:
        for share in (0.02, 0.3, 0.9):
            found = decode(content[: int(len(content) * share)])
            assert isinstance(found, Unreadable), (len(content), share)
            assert "TIFF" in found.cause or "PNG" in found.cause


@settings(max_examples=300, deadline=None)
@given(
    changes=st.lists(st.tuples(st.integers(0, 600), st.integers(0, 255)), min_size=1, max_size=6),
    which=st.integers(0, 2),
)
def test_no_bytes_raise(changes: list[tuple[int, int]], which: int) -> None:
    content = bytearray(SAMPLES[which])
    for place, value in changes:
        content[place % len(content)] = value
    assert isinstance(decode(bytes(content)), Opened | Unreadable)
    with tempfile.TemporaryDirectory() as folder:
        survey(written(Path(folder), [bytes(content)], ".tif"), Look())


def test_lzw_of_16_bit_colour_is_read_without_a_package() -> None:
    values = (scene(8) * 65535).astype(np.uint16)
    done, content = cv2.imencode(".tif", values[..., ::-1])
    assert done
    assert np.abs(rgb(content.tobytes()) - (values >> 8)).max() <= 1


def test_a_bomb_of_bands_is_not_decoded() -> None:
    content = bands(np.zeros((200, 200, 200), np.uint8))
    found = decode(content, Look(most_pixels=10**6))
    assert isinstance(found, Unreadable)
    assert "--max-pixels 2000000 reads it" in found.cause
    assert isinstance(decode(content, Look(most_pixels=2 * 10**6)), Opened)
