"""Large JPEGs: decoded no larger than is needed, their digest that of what the pixels follow from."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from datadoctor.stages.dataset.look import Look
from datadoctor.stages.reading import jpeg
from datadoctor.stages.reading.images import Opened, decode
from fixtures.textures import picture

LARGE = picture("rings", np.random.default_rng(3)).resize((1320, 990), Image.Resampling.BICUBIC)
NEEDED = jpeg.NEEDED_SIDE


def saved(image: Image.Image = LARGE, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", **{"quality": 90, **options})
    return buffer.getvalue()


def opened(content: bytes, needed: int = NEEDED) -> Opened:
    made = decode(content, Look(), needed=needed)
    assert isinstance(made, Opened), made
    return made


def turned(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


def test_fewer_pixels_and_the_facts_of_all() -> None:
    content = saved()
    few, all_of_it = opened(content), opened(content, 0)
    assert few.pixels.size == (660, 495)
    assert all_of_it.pixels.size == (few.width, few.height) == (1320, 990)
    assert few.pixel_digest == all_of_it.pixel_digest
    assert few.quality["aspect"] == pytest.approx(4 / 3)
    difference = np.asarray(all_of_it.pixels.reduce(2)).astype(int) - np.asarray(few.pixels)
    assert np.abs(difference).mean() < 2


@pytest.mark.parametrize("size", [(959, 2000), (2000, 959)])
def test_small_on_one_side_is_decoded_whole(size: tuple[int, int]) -> None:
    image = LARGE.resize(size)
    made = opened(saved(image))
    assert made.pixels.size == size
    assert made.pixel_digest == opened(png(np.asarray(Image.open(io.BytesIO(saved(image)))))).pixel_digest


def png(values: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(values).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.mark.parametrize("orientation", [3, 6])
def test_upright_size_and_a_digest_of_its_own(orientation: int) -> None:
    made = opened(saved(exif=turned(orientation)))
    assert (made.width, made.height) == ((990, 1320) if orientation == 6 else (1320, 990))
    assert (made.pixels.width > made.pixels.height) == (orientation == 3)
    assert made.pixel_digest != opened(saved()).pixel_digest


def test_a_square_is_turned() -> None:
    assert (made := opened(saved(LARGE.resize((1000, 1000)), exif=turned(6)))).width == made.height == 1000


def test_metadata_and_comments_do_not_count() -> None:
    exif = Image.Exif()
    exif[0x010E] = "a description"
    plain = opened(saved()).pixel_digest
    for other in (saved(exif=exif), saved(comment=b"a comment"), saved(dpi=(300, 300)), saved(icc_profile=b"p" * 200)):
        assert opened(other).pixel_digest == plain


def test_pixels_count() -> None:
    values = np.asarray(LARGE).copy()
    values[500:508, 600:608] ^= 255
    digests = {opened(content).pixel_digest for content in (saved(), saved(quality=89), saved(Image.fromarray(values)))}
    assert len(digests) == 3


def test_how_colours_are_stored_counts() -> None:
    content = saved(keep_rgb=True)
    assert (
        opened(content).pixel_digest
        != opened(content.replace(b"Adobe\0d\0\0\0\0\0", b"Adobe\0d\0\0\0\0\1")).pixel_digest
    )


@pytest.mark.parametrize("share", [0.3, 0.9])
def test_half_a_picture_is_none(share: float) -> None:
    content = saved(progressive=share < 0.5)
    assert not isinstance(decode(content[: int(share * len(content))], needed=NEEDED), Opened)


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xd8", b"\xff\xd8\xff\xe0\0\0", b"\xff\xd8\xff\xff\xff", b"\xff\xd8\xff\xdb\xff\xff\0"]
)
def test_any_bytes_have_a_digest(content: bytes) -> None:
    assert len(jpeg.digest(content, 1)) == 64


def test_a_box_is_cut_from_all_pixels(tmp_path: Path) -> None:
    from datadoctor.sources.box import Box

    made = decode(saved(), Look(), Box(100.0, 100.0, 400.0, 300.0), needed=NEEDED)
    assert isinstance(made, Opened)
    assert made.pixels.size == (made.width, made.height)
    assert made.pixel_digest != opened(saved()).pixel_digest
