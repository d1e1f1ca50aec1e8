"""Pictures: tiny ones without loss, large ones reduced, objects with their box in the whole photo."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from datadoctor.review.pictures import encoded, with_box
from datadoctor.sources.box import Box


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def test_small_pictures_keep_every_pixel() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (32, 20, 3), dtype=np.uint8)
    content, kind = encoded(Image.fromarray(pixels), 768)
    assert kind == "image/png"
    assert (np.asarray(opened(content)) == pixels).all()


@pytest.mark.parametrize(("side", "size"), [(0, (1200, 600)), (768, (768, 384)), (160, (160, 80))])
def test_large_pictures_are_as_large_as_asked(side: int, size: tuple[int, int]) -> None:
    content, kind = encoded(Image.new("RGB", (1200, 600), "teal"), side)
    assert opened(content).size == size
    assert kind == ("image/jpeg" if max(size) > 256 else "image/png")


def test_a_box_is_drawn_where_the_object_is() -> None:
    photo = with_box(Image.new("RGB", (600, 400), "gray"), Box(100, 50, 300, 250))
    assert photo.size == (600, 400)
    assert photo.getpixel((101, 150)) == (255, 255, 255)
    assert photo.getpixel((200, 150)) == photo.getpixel((50, 150)) == (128, 128, 128)
