"""The cheap look lets copies pass and most else not, the same for each pair whatever it is looked at with."""

import numpy as np
from PIL import Image, ImageOps

from datadoctor.stages.duplicates.features import features
from datadoctor.stages.duplicates.planting import CHANGES
from datadoctor.stages.duplicates.screening import may_be_one_picture, sketch
from tests.stages.duplicates.pictures import picture


def test_every_planted_copy_passes() -> None:
    for seed in range(3):
        copies = [sketch(change(picture(seed))) for change in CHANGES.values()]
        assert may_be_one_picture([sketch(picture(seed))] * len(copies), copies).all()


def test_other_pictures_do_not_pass() -> None:
    sketches = [sketch(picture(seed)) for seed in range(12)]
    pairs = [(a, b) for i, a in enumerate(sketches) for b in sketches[i + 1 :]]
    assert may_be_one_picture([a for a, _ in pairs], [b for _, b in pairs]).mean() < 0.05


def test_a_verdict_does_not_depend_on_the_other_pairs() -> None:
    one, other = sketch(picture(0)), sketch(ImageOps.mirror(picture(0)).crop((20, 20, 200, 160)))
    flat = sketch(Image.new("RGB", (64, 64), "grey"))
    together = may_be_one_picture([one, flat, one], [other, flat, sketch(picture(1))])
    assert together[0] == may_be_one_picture([one], [other])[0]
    assert together.tolist() == [True, False, False]


def test_small_images_are_looked_at_once() -> None:
    small = picture(3).resize((48, 32))
    drawn, found = sketch(small), features(small)
    assert drawn.features is not None
    np.testing.assert_array_equal(drawn.features.codes, found.codes)
    np.testing.assert_array_equal(drawn.codes, found.codes[:96])
    assert sketch(picture(3)).features is None


def test_no_pairs_and_images_without_features_pass_nothing() -> None:
    assert may_be_one_picture([], []).shape == (0,)
    flat = [sketch(Image.fromarray(np.full((40, 40, 3), value, np.uint8))) for value in (0, 90)]
    assert not may_be_one_picture(flat, flat[::-1]).any()
