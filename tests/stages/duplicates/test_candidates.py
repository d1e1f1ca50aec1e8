"""What proposes pairs: shrunken images laid on each other, the order of candidates, and what lies beside copies."""

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageOps

from datadoctor.stages.duplicates.candidates import by_promise, unmirrored
from datadoctor.stages.duplicates.laying import laid, maps
from datadoctor.stages.duplicates.verified import beside_copies
from tests.stages.duplicates.pictures import picture


def shrunk(images: list[Image.Image], side: int = 48) -> NDArray[np.uint8]:
    return np.stack([np.asarray(image.resize((side, side), Image.Resampling.BOX)) for image in images])


@pytest.mark.parametrize(
    "change",
    [
        lambda image: image,
        ImageOps.mirror,
        lambda image: image.crop((24, 10, 240, 172)),
        lambda image: ImageOps.mirror(image.crop((0, 18, 200, 180))),
        lambda image: ImageOps.grayscale(image).convert("RGB").point([level // 2 for level in range(256)] * 3),
    ],
    ids=["the same", "mirrored", "cropped", "cropped and mirrored", "grey and darker"],
)
@pytest.mark.parametrize("side", [16, 32, 48])
def test_a_copy_lies_better_than_any_other_picture(change: object, side: int) -> None:
    assert callable(change)
    others = [picture(seed) for seed in range(1, 20)]
    small = shrunk([change(picture(0)), picture(0), *others], side)
    pairs = np.array([(0, row) for row in range(1, len(small))], np.int32)
    images = maps(small)
    found = np.maximum(*(laid(pairs, images, images, magnified=magnified) for magnified in (False, True)))
    assert found.argmax() == 0
    assert found.min() >= -1
    assert found.max() <= 1.02  # levels are rounded to 8 bits


def test_which_image_is_first_does_not_matter() -> None:
    images = maps(shrunk([picture(seed) for seed in range(6)]))
    pairs = np.array([(a, b) for a in range(6) for b in range(a)], np.int32)
    for magnified in (False, True):
        there, back = (laid(some, images, images, magnified=magnified) for some in (pairs, pairs[:, ::-1]))
        np.testing.assert_allclose(there, back, atol=1e-3)


def test_flat_images_are_like_none() -> None:
    images = maps(np.full((2, 32, 32, 3), 90, np.uint8))
    assert laid(np.array([[0, 1]], np.int32), images, images, magnified=False)[0] == pytest.approx(0, abs=1e-6)


def test_a_crop_that_the_network_does_not_know_is_among_the_first() -> None:
    pictures = [picture(seed) for seed in range(30)] + [picture(0).crop((30, 14, 240, 172))]
    small = shrunk(pictures)
    keys = np.array([a * 31 + b for a in range(31) for b in range(a + 1, 31)], np.int64)
    near = np.random.default_rng(0).uniform(0.5, 1, len(keys)).astype(np.float32)
    order = by_promise(keys, near, small, small).pairs.tolist()
    assert order.index([0, 30]) < 4
    assert sorted(map(tuple, order)) == [divmod(int(key), 31) for key in keys]


def test_the_place_of_another_pair_is_that_of_an_equal_one() -> None:
    small = shrunk([picture(seed) for seed in range(20)])
    keys = np.array([a * 20 + b for a in range(20) for b in range(a + 1, 20)], np.int64)
    near = np.random.default_rng(0).uniform(0.5, 1, len(keys)).astype(np.float32)
    found = by_promise(keys, near, small, small)
    # A place is the better of two ranks, and ranks have the same product both ways round: a few pairs may share it.
    places = found.place(found.near, found.alike)
    assert np.abs(places - np.arange(len(keys))).max() <= 4
    assert found.place(np.array([0.1], np.float32), np.array([-1], np.float32)).tolist() == [0]
    assert found.place(np.array([np.inf], np.float32), np.array([-1], np.float32))[0] >= len(keys) - 1


def test_an_image_and_its_mirror_image_have_one_vector() -> None:
    small = shrunk([picture(0), ImageOps.mirror(picture(0)), picture(1)])
    vectors = unmirrored(small)
    assert vectors.shape == (3, 64)
    np.testing.assert_allclose(vectors[0], vectors[1], atol=1e-5)
    assert vectors[0] @ vectors[2] < 0.95


def test_beside_copies_are_the_pairs_that_close_a_triangle() -> None:
    pairs = np.array([(0, 1), (1, 2), (0, 2), (0, 3), (3, 4), (5, 6)], np.int32)
    # 0 and 1 are copies: 2 is a candidate of both, 3 of one of them.
    assert beside_copies(pairs[1:], pairs, [(0, 1)]).tolist() == [[1, 2], [0, 2]]
    assert beside_copies(pairs[1:], pairs, []).shape == (0, 2)
    assert beside_copies(pairs[:0], pairs, [(0, 1)]).shape == (0, 2)
