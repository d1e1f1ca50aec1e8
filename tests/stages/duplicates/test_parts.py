"""Sets that do not chain, a calibrated test of closeness, descriptors that mirror, candidates of copies."""

import numpy as np
from PIL import Image, ImageOps

from datadoctor.stages.duplicates.candidates import candidates
from datadoctor.stages.duplicates.features import features, inverted, mirrored
from datadoctor.stages.duplicates.sets import star_sets
from datadoctor.stages.duplicates.spacing import p_values, q_values
from datadoctor.stages.duplicates.verification import compare
from datadoctor.stages.index.build import build
from tests.stages.duplicates.pictures import picture


def test_a_chain_is_cut_where_its_ends_differ() -> None:
    asked = []

    def differ(a: int, b: int) -> None:
        asked.append((a, b))

    assert star_sets(lambda row: (row,), {(0, 1): 0.9, (1, 2): 0.9}, differ) == [(0, [(1, 0.9)])]
    assert asked == [(0, 2)]


def test_a_chain_whose_ends_are_the_same_picture_is_one_set() -> None:
    found = star_sets(lambda row: (row,), {(0, 1): 0.9, (1, 2): 0.8}, lambda a, b: 0.7)
    assert found == [(0, [(1, 0.9), (2, 0.7)])]


def test_a_doubtful_link_does_not_part_a_set() -> None:
    # 0 would be kept, and links to 1 and 2, weakly; these and 3 are surely one picture, and 3 is not that of 0.
    links = {(0, 1): 0.5, (0, 2): 0.5, (1, 2): 0.9, (1, 3): 0.9, (2, 3): 0.9}
    found = star_sets(lambda row: (row,), links, lambda a, b: None)
    assert found == [(1, [(2, 0.9), (3, 0.9)])]


def test_p_values_are_calibrated_without_copies_and_small_with_them() -> None:
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(4000, 16))
    vectors[3900:] = vectors[:100] + 0.02 * rng.normal(size=(100, 16))
    unit = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    p = p_values(build(unit, 20, device="cpu").cosines)
    assert np.mean(p[100:3900] < 0.01) < 0.02
    assert np.mean(p[3900:] < 1e-4) > 0.95


def test_false_discoveries_among_planted_copies_stay_below_the_nominal_share() -> None:
    shares, found = [], []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        centres = rng.normal(size=(20, 32))
        vectors = centres[rng.integers(20, size=2000)] + 0.5 * rng.normal(size=(2000, 32))
        vectors[1900:] = vectors[:100] + 0.05 * rng.normal(size=(100, 32))
        unit = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
        discovered = q_values(p_values(build(unit, 20, device="cpu").cosines)) <= 0.05
        planted = np.r_[np.ones(100, bool), np.zeros(1800, bool), np.ones(100, bool)]
        shares.append((discovered & ~planted).sum() / max(discovered.sum(), 1))
        found.append(discovered[planted].mean())
    assert np.mean(shares) <= 0.05
    assert np.mean(found) >= 0.95


def test_p_values_without_enough_neighbours_claim_nothing() -> None:
    np.testing.assert_array_equal(p_values(np.full((3, 30), np.nan, np.float32)), 1)
    np.testing.assert_array_equal(p_values(np.ones((3, 2), np.float32)), 1)


def test_p_values_are_ones_where_all_are_the_same_but_for_rounding() -> None:
    cosines = np.ones((2, 30), np.float32)
    cosines[0, 7:20] -= np.float32(3e-7)  # ties come in the order of their rows
    np.testing.assert_array_equal(p_values(cosines), 1)


def test_mirrored_descriptors_are_those_of_the_mirrored_image() -> None:
    image = picture(7)
    ours, theirs = mirrored(features(image)), features(ImageOps.mirror(image))
    similarity = ours.descriptors @ theirs.descriptors.T
    assert np.median(similarity.max(axis=1)) > 0.97


def test_inverted_descriptors_are_those_of_the_negative() -> None:
    image = picture(7)
    ours, theirs = inverted(features(image)), features(ImageOps.invert(image))
    similarity = ours.descriptors @ theirs.descriptors.T
    assert np.median(similarity.max(axis=1)) > 0.97


def test_different_pictures_are_not_the_same_and_a_picture_is() -> None:
    shown = [features(picture(seed)) for seed in range(6)]
    for i, a in enumerate(shown):
        assert compare(a, a).same
        assert not any(compare(a, b).same for b in shown[i + 1 :])


def test_copies_lend_their_neighbours_to_the_one_that_stands_for_them() -> None:
    rng = np.random.default_rng(1)
    vectors = rng.normal(size=(8, 6)).astype(np.float32)
    vectors[1:5] = vectors[0]
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    stands_for = np.array([3, 3, 3, 3, 3, 5, 6, 7], np.int32)
    graph = build(vectors, 2, device="cpu")
    small = rng.integers(0, 256, (8, 16, 16, 3), dtype=np.uint8)
    pairs = candidates(graph, graph, small, stands_for).pairs
    assert set(pairs.ravel().tolist()) <= {3, 5, 6, 7}
    assert (pairs[:, 0] < pairs[:, 1]).all()
    assert len({tuple(pair) for pair in pairs.tolist()}) == len(pairs)


def test_many_identical_images_take_each_others_places_but_make_no_candidates() -> None:
    small = np.zeros((2000, 16, 16, 3), dtype=np.uint8)
    small[:, :8] = 200
    vectors = np.tile(np.array([[1.0, 0.0]], np.float32), (2000, 1))
    graph = build(vectors, 10, device="cpu")
    assert len(candidates(graph, graph, small, np.zeros(2000, np.int32)).pairs) == 0


def test_half_of_another_picture_is_not_the_same_and_a_brighter_whole_is() -> None:
    image = picture(3)
    whole = image.point([min(255, value + 40) for value in range(256)] * 3)
    assert compare(features(image), features(whole)).same
    parts = np.asarray(image).copy()
    for row in range(4):
        for column in range(4):
            if (row + column) % 2:
                block = np.s_[row * 45 : row * 45 + 45, column * 60 : column * 60 + 60]
                parts[block] = np.asarray(picture(50))[block]
    assert not compare(features(image), features(Image.fromarray(parts))).same


def test_a_second_shot_from_another_place_is_recognised() -> None:
    image = picture(4)
    corners = (0.04, 0.02, 1.05, -0.03, 0.97, 1.03, -0.02, 0.98)  # upper left, upper right, lower right, lower left
    x, y = np.array(corners[::2]) * image.width, np.array(corners[1::2]) * image.height
    quad = [v for i in (0, 3, 2, 1) for v in (float(x[i]), float(y[i]))]
    moved = image.transform(image.size, Image.Transform.QUAD, quad, Image.Resampling.BICUBIC)
    assert compare(features(image), features(moved)).same
