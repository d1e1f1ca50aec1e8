"""What agrees must be the subject: other things on one ground are no copies; what was laid over a picture leaves it one."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

from datadoctor.stages.duplicates.comparison import Comparison
from datadoctor.stages.duplicates.features import features
from datadoctor.stages.duplicates.regions import UNKNOWN
from datadoctor.stages.duplicates.verification import compare
from tests.stages.duplicates.pictures import picture


def with_thing(ground: Image.Image, seed: int, share: float, where: tuple[float, float] = (0.5, 0.5)) -> Image.Image:
    """An oval of another picture on that share of the ground."""
    half = [side * (share / np.pi) ** 0.5 for side in ground.size]
    middle = [side * at for side, at in zip(ground.size, where, strict=True)]
    mask = Image.new("L", ground.size)
    ImageDraw.Draw(mask).ellipse(
        [*(m - h for m, h in zip(middle, half, strict=True)), *(m + h for m, h in zip(middle, half, strict=True))],
        fill=255,
    )
    return Image.composite(picture(seed).resize(ground.size), ground, mask)


def compared(a: Image.Image, b: Image.Image) -> Comparison:
    return compare(features(a), features(b))


@pytest.mark.parametrize("share", [0.15, 0.25, 0.4])
def test_other_things_on_one_ground_are_one_scene_and_not_one_picture(share: float) -> None:
    for seed in range(4):
        found = compared(with_thing(picture(seed), 50 + seed, share), with_thing(picture(seed), 80 + seed, share))
        assert not found.same
        assert found.same_scene or share > 0.25


def test_a_thing_that_moved_makes_another_picture() -> None:
    here, there = ((0.3, 0.3), (0.7, 0.7))
    assert not compared(with_thing(picture(1), 60, 0.12, here), with_thing(picture(1), 60, 0.12, there)).same


def test_one_thing_on_another_ground_is_the_same_and_is_called_so() -> None:
    for seed in range(3):
        found = compared(with_thing(picture(seed), 50, 0.35), with_thing(picture(20 + seed), 50, 0.35))
        assert found.same
        assert found.on_other_ground


def logo(image: Image.Image) -> Image.Image:
    copy = image.copy()
    draw = ImageDraw.Draw(copy)
    draw.ellipse((170, 8, 230, 68), fill="red", outline="white", width=4)
    draw.text((180, 28), "ACME", "white", font_size=16)
    return copy


def lettered(image: Image.Image) -> Image.Image:
    copy = image.copy()
    for line in range(3):
        ImageDraw.Draw(copy).text((15, 30 + 45 * line), "SPECIAL OFFER", "yellow", font_size=22)
    return copy


def framed(image: Image.Image) -> Image.Image:
    copy = image.copy()
    ImageDraw.Draw(copy).rectangle((0, 0, 239, 179), outline=(90, 60, 20), width=11)
    return copy


def barred(image: Image.Image) -> Image.Image:
    copy = image.copy()
    copy.paste((0, 0, 0), (60, 60, 150, 95))
    return copy


def shaded(image: Image.Image) -> Image.Image:
    shadow = Image.new("L", image.size)
    ImageDraw.Draw(shadow).ellipse((40, 30, 200, 150), fill=150)
    return Image.composite(Image.new("RGB", image.size), image, shadow.filter(ImageFilter.GaussianBlur(12)))


@pytest.mark.parametrize("change", [logo, lettered, framed, barred, shaded])
def test_what_is_laid_over_a_picture_and_shadows_leave_it_one(change: Callable[[Image.Image], Image.Image]) -> None:
    assert all(compared(picture(seed), change(picture(seed))).same for seed in range(4))


@pytest.mark.parametrize("change", [logo, framed])
def test_two_pictures_under_one_logo_or_frame_are_two(change: Callable[[Image.Image], Image.Image]) -> None:
    assert not any(compared(change(picture(seed)), change(picture(30 + seed))).same for seed in range(4))


@pytest.mark.parametrize(("side", "limit"), [(60, 0.7), (120, 0.7), (155, 0.785), (190, 0.87), (900, 0.87)])
def test_the_smaller_a_photograph_the_fewer_of_its_pixels_need_the_commonest_colours(side: int, limit: float) -> None:
    part = replace(UNKNOWN, differing=0.08, side=side)
    assert replace(part, graphic=limit + 0.01).laid_over
    assert not replace(part, graphic=limit - 0.01).laid_over
    # However few its colours, what covers much of the picture is no logo.
    assert not replace(part, graphic=1.0, differing=0.2).laid_over


def badged(image: Image.Image) -> Image.Image:
    """A disc with letters, of 7 % of the picture, whose edges are as soft as those of a picture that was shrunk."""
    copy = image.resize((image.width * 3, image.height * 3), Image.Resampling.BICUBIC)
    draw, side = ImageDraw.Draw(copy), round((0.07 * copy.width * copy.height * 4 / np.pi) ** 0.5)
    draw.ellipse((12, 12, 12 + side, 12 + side), fill=(200, 30, 40), outline="white", width=side // 16)
    draw.text((12 + side // 5, 12 + side // 3), "ACME", "white", font_size=side // 4)
    return copy.resize(image.size, Image.Resampling.BOX)


def test_a_logo_on_small_photographs_leaves_them_one_picture_and_a_thing_does_not() -> None:
    small = [picture(seed, 120, 88) for seed in range(4)]
    assert all(compared(image, badged(image)).same for image in small)
    assert not any(compared(image, with_thing(image, 50 + seed, 0.2)).same for seed, image in enumerate(small))


def test_squashed_inverted_and_dark_copies_are_the_same() -> None:
    image = picture(3)
    squashed = image.resize((240, 108), Image.Resampling.BICUBIC)
    assert compared(image, squashed).stretch == pytest.approx(1 / 0.6, rel=0.05)
    negative = compared(image, Image.fromarray(255 - np.asarray(image)))
    dark = compared(image, ImageEnhance.Brightness(image).enhance(0.12))
    assert compared(image, squashed).same
    assert negative.same
    assert negative.inverted
    assert dark.same
    assert not dark.inverted
