"""What the verdict on a pair rests on: corners found again, the same from either side; like things are not one picture."""

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageEnhance

from datadoctor.stages.duplicates.features import features
from datadoctor.stages.duplicates.photometry import grey_and_detail
from datadoctor.stages.duplicates.tracking import followed
from datadoctor.stages.duplicates.verification import compare
from tests.stages.duplicates.pictures import picture


def detail(image: Image.Image) -> NDArray[np.float32]:
    return grey_and_detail(np.asarray(image), 1.0)[1]


EVERYWHERE = np.ones((180, 240), dtype=bool)


def test_corners_of_a_copy_are_found_again_whatever_its_tone_and_a_small_shift() -> None:
    darker = ImageEnhance.Contrast(ImageEnhance.Brightness(picture(0)).enhance(0.6)).enhance(0.7)
    moved = darker.transform(darker.size, Image.Transform.AFFINE, (1, 0, 1.5, 0, 1, -1), Image.Resampling.BICUBIC)
    assert followed(detail(picture(0)), detail(moved), EVERYWHERE, 1.0) > 0.8


def test_corners_of_another_picture_are_not_found() -> None:
    assert followed(detail(picture(0)), detail(picture(1)), EVERYWHERE, 1.0) < 0.15


def test_where_there_is_nothing_to_follow_nothing_is_known() -> None:
    flat = np.zeros((180, 240), dtype=np.float32)
    assert followed(flat, flat, EVERYWHERE, 1.0) == 0.5


def plate(seed: int) -> Image.Image:
    """A sign of one outline and lettering, in a scene of its own, as two signs of one make."""
    image = picture(seed)
    draw = ImageDraw.Draw(image)
    draw.regular_polygon((120, 90, 60), 8, fill=(200, 20, 30), outline="white", width=4)
    draw.text((85, 70), "STOP", "white", font_size=30)
    return image


def test_two_scenes_with_one_sign_are_two_pictures() -> None:
    assert not compare(features(plate(0)), features(plate(1))).same


@pytest.mark.parametrize("box", [(0, 0, 240, 180), (30, 20, 230, 170)])
def test_the_verdict_is_the_same_from_either_side(box: tuple[int, int, int, int]) -> None:
    whole, part = features(picture(2)), features(ImageEnhance.Brightness(picture(2).crop(box)).enhance(1.2))
    forth, back = compare(whole, part), compare(part, whole)
    assert forth.same
    assert (forth.evidence, forth.inliers) == (back.evidence, back.inliers)
    assert (forth.overlap_a, forth.overlap_b) == (back.overlap_b, back.overlap_a)
    assert forth.scale == pytest.approx(1 / back.scale)
    assert forth.changes.brightness == -back.changes.brightness > 0
