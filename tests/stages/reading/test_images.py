"""Opening images: right pixels for every mode, a cause for whatever cannot be opened, and never an exception."""

import hashlib
import io
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from datadoctor.sources import file_on_disk
from datadoctor.sources.folder import list_folder
from datadoctor.stages.reading.images import Opened, Unreadable, decode, read_image, thumbnail
from fixtures.make import make_malformed
from fixtures.malformed import bomb, encoded
from fixtures.textures import picture
from tests.stages.reading.collect import collect

IMAGE = picture("rings", np.random.default_rng(1))
KINDS = ("PNG", "JPEG", "GIF", "TIFF", "WEBP", "BMP", "PPM", "JPEG2000", "AVIF", "ICO")
SAMPLES = [encoded(IMAGE.resize((24, 16)), kind) for kind in KINDS]


def opened(content: bytes) -> Opened:
    result = decode(content)
    assert isinstance(result, Opened), result
    return result


def cause(content: bytes) -> str:
    result = decode(content)
    assert isinstance(result, Unreadable)
    return result.cause


def pixel(image: Image.Image, x: int = 0, y: int = 0) -> tuple[int, ...]:
    return tuple(np.asarray(image)[y, x].tolist())


def test_every_malformed_file_has_its_outcome(tmp_path: Path) -> None:
    expected = make_malformed(tmp_path / "made")
    listing = list_folder(tmp_path / "made")
    for path in listing.paths:
        result = read_image(file_on_disk(listing.root, path, listing.names_on_disk))
        if expected[path]:
            assert isinstance(result, Unreadable), path
            assert expected[path] in result.cause, path
        else:
            assert isinstance(result, Opened), path


def test_facts_of_a_plain_file(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(encoded(IMAGE, "PNG"))
    result = read_image(tmp_path / "a.png")
    assert isinstance(result, Opened)
    assert result.digest == hashlib.sha256(encoded(IMAGE, "PNG")).hexdigest()
    assert (result.width, result.height, result.mode, result.warning) == (64, 64, "RGB", "")
    assert result.file_size == len(encoded(IMAGE, "PNG"))
    assert np.array_equal(np.asarray(result.pixels), np.asarray(IMAGE))


@pytest.mark.parametrize("kind", KINDS)
def test_every_format_is_opened(kind: str) -> None:
    result = opened(encoded(IMAGE, kind))
    assert result.pixels.size == (64, 64)
    assert result.pixels.mode == "RGB"


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "BMP", "PPM"])
def test_lossless_encodings_share_the_pixel_digest(kind: str) -> None:
    reference = opened(encoded(IMAGE, "PNG", compress_level=0))
    again = opened(encoded(IMAGE, kind))
    assert again.pixel_digest == reference.pixel_digest
    assert again.digest != reference.digest


def test_modes_that_show_the_same_share_the_pixel_digest() -> None:
    grey, palette = IMAGE.convert("L"), IMAGE.quantize(16)
    for one, other in ((grey, grey.convert("RGB")), (palette, palette.convert("RGB")), (IMAGE, IMAGE.convert("RGBA"))):
        assert opened(encoded(one, "PNG")).pixel_digest == opened(encoded(other, "PNG")).pixel_digest


def test_black_images_of_other_shapes_or_depths_are_not_the_same_picture() -> None:
    images = [
        Image.new(mode, size) for mode, size in [("RGB", (10, 20)), ("RGB", (20, 10)), ("L", (10, 60)), ("L", (60, 10))]
    ]
    images += [Image.new("RGBA", (10, 20)), Image.new("I;16", (10, 20))]
    digests = {opened(encoded(image, "PNG")).pixel_digest for image in images}
    digests.add(opened(encoded(Image.new("CMYK", (10, 20)), "TIFF")).pixel_digest)
    assert len(digests) == 7


def test_16_bits_differing_only_below_8_are_not_the_same_picture() -> None:
    values = np.full((8, 8), 0x1200, np.uint16)
    one, other = (opened(encoded(Image.fromarray(values + low), "PNG")) for low in (0, 1))
    assert np.array_equal(np.asarray(one.pixels), np.asarray(other.pixels))
    assert one.pixel_digest != other.pixel_digest


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = IMAGE.crop((0, 0, 64, 32))
    content = encoded(image, "PNG", exif=exif)
    result = opened(content)
    shown = ImageOps.exif_transpose(Image.open(io.BytesIO(content)))
    assert np.array_equal(np.asarray(result.pixels), np.asarray(shown))
    assert (result.width, result.height) == ((64, 32) if orientation < 5 else (32, 64))
    assert result.pixel_digest == opened(encoded(shown, "PNG")).pixel_digest
    assert ("EXIF orientation" in result.warning) == (orientation > 1)


def test_transparency_is_laid_on_white() -> None:
    rgba = Image.new("RGBA", (4, 4), (200, 0, 0, 255))
    rgba.putpixel((0, 0), (0, 0, 0, 0))
    rgba.putpixel((1, 0), (0, 0, 0, 128))
    pixels = opened(encoded(rgba, "PNG")).pixels
    assert (pixel(pixels), pixel(pixels, 2)) == ((255, 255, 255), (200, 0, 0))
    assert abs(pixel(pixels, 1)[0] - 127) <= 1


def test_palette_with_transparency() -> None:
    image = Image.new("P", (4, 4), 1)
    image.putpalette([10, 20, 30, 40, 50, 60])
    image.putpixel((0, 0), 0)
    pixels = opened(encoded(image, "PNG", transparency=0)).pixels
    assert (pixel(pixels), pixel(pixels, 1)) == ((255, 255, 255), (40, 50, 60))


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_16_bit_grey_is_scaled_from_its_full_range(kind: str) -> None:
    values = np.array([[0, 257, 32896, 65535]], np.uint16)
    pixels = opened(encoded(Image.fromarray(values), kind)).pixels
    assert np.asarray(pixels)[0, :, 0].tolist() == [0, 1, 128, 255]


@pytest.mark.parametrize(
    ("values", "shown", "stretched"),
    [
        ([0.0, 0.5, 1.0], [0, 128, 255], False),
        ([0.0, 100.0, 255.0], [0, 100, 255], False),
        ([-1.0, 0.0, 1.0], [0, 128, 255], True),
        ([0.0, 5000.0, 10000.0], [0, 128, 255], True),
        ([np.nan, 0.0, 1.0], [0, 0, 255], False),
        ([3e38, -3e38, np.inf], None, True),
    ],
)
def test_floating_point_grey(values: list[float], shown: list[int] | None, stretched: bool) -> None:
    result = opened(encoded(Image.fromarray(np.array([values], np.float32)), "TIFF"))
    assert shown is None or np.asarray(result.pixels)[0, :, 0].tolist() == shown
    assert ("stretched" in result.warning) == stretched


def test_cmyk_is_shown_in_its_colours() -> None:
    red = opened(encoded(Image.new("RGB", (16, 16), (220, 20, 30)).convert("CMYK"), "JPEG"))
    assert red.mode == "CMYK"
    assert np.abs(np.array(pixel(red.pixels, 8, 8)) - (220, 20, 30)).max() < 12


def test_first_frame_of_an_animation() -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue", "lime")]
    for kind in ("GIF", "WEBP", "PNG", "TIFF"):
        result = opened(encoded(frames[0], kind, save_all=True, append_images=frames[1:]))
        assert pixel(result.pixels)[0] > 250, kind
        assert "several frames" in result.warning, kind


@pytest.mark.parametrize("size", [(10_000, 10_000), (40_000, 40_000), (2_000_000, 100)])
def test_decompression_bombs_are_not_decoded(size: tuple[int, int]) -> None:
    assert cause(bomb(*size)).startswith("too large: ")


def test_a_bomb_in_a_recognised_container_without_pixels_is_damaged() -> None:
    assert "PNG" in cause(bomb(100, 100))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "TIFF", "BMP", "WEBP"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_truncated_files_are_unreadable(kind: str, share: float) -> None:
    content = encoded(IMAGE, kind)
    assert kind in cause(content[: int(len(content) * share)])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty file"),
        (b"\0", "not an image"),
        (b"GIF89a", "GIF"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not an image"),
        (b"<svg/>", "not an image"),
    ],
)
def test_what_is_no_image_is_said_so(content: bytes, said: str) -> None:
    assert said in cause(content)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "dangling.png").symlink_to(tmp_path / "nowhere")
    (tmp_path / "loop.png").symlink_to(tmp_path / "loop.png")
    (tmp_path / "a.txt").write_bytes(b"")
    causes = {}
    for name in ("gone.png", "dangling.png", "loop.png", ".", "a.txt/b.png", "nul\0.png"):
        result = read_image(tmp_path / name)
        assert isinstance(result, Unreadable)
        assert (result.digest, result.cause != "") == ("", True)
        causes[name] = result.cause
    assert causes["gone.png"] == causes["a.txt/b.png"] == "file not found"
    assert causes["dangling.png"] == "dangling link"
    assert causes["."] == "a folder"


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="needs POSIX users")
def test_permission_denied(tmp_path: Path) -> None:
    file = tmp_path / "a.png"
    file.write_bytes(encoded(IMAGE, "PNG"))
    file.chmod(0)
    user = os.geteuid()
    # The superuser may read everything, so the test reads as somebody else.
    if user == 0:
        os.seteuid(65534)
    try:
        result = read_image(file)
    finally:
        os.seteuid(user)
    assert isinstance(result, Unreadable)
    assert result.cause == "permission denied"


@settings(max_examples=400, deadline=None)
@given(
    sample=st.sampled_from(SAMPLES),
    changes=st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), max_size=12),
    cut=st.integers(0, 10_000),
    junk=st.binary(max_size=20),
)
def test_no_bytes_raise(sample: bytes, changes: list[tuple[int, int]], cut: int, junk: bytes) -> None:
    content = bytearray(sample)
    for place, value in changes:
        content[place % len(content)] = value
    content = content[: cut % (2 * len(content))] + junk
    result = decode(bytes(content))
    assert result.digest == hashlib.sha256(bytes(content)).hexdigest()
    if isinstance(result, Opened):
        assert result.pixels.mode == "RGB"
        assert result.pixels.size == (result.width, result.height)
        assert all(np.isfinite(value) for value in result.quality.values())
    else:
        assert result.cause


@settings(max_examples=200, deadline=None)
@given(junk=st.binary(max_size=64), start=st.sampled_from([b"", *(sample[:12] for sample in SAMPLES)]))
def test_junk_never_raises(junk: bytes, start: bytes) -> None:
    assert isinstance(decode(start + junk), Opened | Unreadable)


def test_threads_read_the_same(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    contents = [encoded(picture("spots", rng), kind) for kind in KINDS for _ in range(6)] + [b"no image"] * 5
    alone = [decode(content) for content in contents]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(decode, contents))
    for one, other in zip(alone, together, strict=True):
        assert one.digest == other.digest
        assert getattr(one, "pixel_digest", one.digest) == getattr(other, "pixel_digest", other.digest)


@pytest.mark.parametrize(("size", "expected"), [((640, 480), (160, 120)), ((32, 20), (32, 20)), ((9000, 3), (160, 1))])
def test_thumbnail(size: tuple[int, int], expected: tuple[int, int]) -> None:
    image = Image.new("RGB", size, (10, 200, 30))
    small = Image.open(io.BytesIO(thumbnail(image)))
    assert (small.format, small.size) == ("JPEG", expected)
    assert np.abs(np.array(pixel(small)) - (10, 200, 30)).max() < 6
    assert image.size == size


def test_collect_makes_columns() -> None:
    images = collect(decode(content) for content in (encoded(IMAGE, "PNG"), b"", encoded(IMAGE.convert("L"), "JPEG")))
    assert images.readable.tolist() == [True, False, True]
    assert images.errors == ("", "empty file", "")
    assert images.modes == ("RGB", "", "L")
    assert images.widths.tolist() == [64, 0, 64]
    assert images.pixel_digests[1] == ""
    assert all(
        values.dtype == np.float32 and np.isnan(values).tolist() == [False, True, False]
        for values in images.quality.values()
    )
    assert len(collect([])) == 0
