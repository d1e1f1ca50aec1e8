"""Sets that do not chain, a calibrated test of closeness, descriptors that mirror, candidates of copies."""

import numpy as np
from PIL import ImageOps

from datadoctor.artifacts.duplicates.candidates import candidates
from datadoctor.artifacts.duplicates.features import features, mirrored, root
from datadoctor.artifacts.duplicates.sets import star_sets
from datadoctor.artifacts.duplicates.spacing import p_values
from datadoctor.artifacts.duplicates.verification import compare
from datadoctor.artifacts.index.build import build
from tests.artifacts.duplicates.pictures import picture


def test_a_chain_is_cut_where_its_ends_differ() -> None:
    asked = []

    def differ(a: int, b: int) -> None:
        asked.append((a, b))

    assert star_sets(lambda row: (row,), {(0, 1): 0.9, (1, 2): 0.9}, differ) == [(0, [(1, 0.9)])]
    assert asked == [(0, 2)]


def test_a_chain_whose_ends_are_the_same_picture_is_one_set() -> None:
    found = star_sets(lambda row: (row,), {(0, 1): 0.9, (1, 2): 0.8}, lambda a, b: 0.7)
    assert found == [(0, [(1, 0.9), (2, 0.7)])]


def test_p_values_are_calibrated_without_copies_and_small_with_them() -> None:
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(4000, 16))
    vectors[3900:] = vectors[:100] + 0.02 * rng.normal(size=(100, 16))
    unit = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    p = p_values(build(unit, 20, device="cpu").cosines)
    assert np.mean(p[100:3900] < 0.01) < 0.02
    assert np.mean(p[3900:] < 1e-4) > 0.95


def test_p_values_without_enough_neighbours_claim_nothing() -> None:
    np.testing.assert_array_equal(p_values(np.full((3, 30), np.nan, np.float32)), 1)
    np.testing.assert_array_equal(p_values(np.ones((3, 2), np.float32)), 1)


def test_mirrored_descriptors_are_those_of_the_mirrored_image() -> None:
    image = picture(7)
    ours, theirs = mirrored(features(image)), features(ImageOps.mirror(image))
    similarity = root(ours.descriptors) @ root(theirs.descriptors).T
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
    pairs = candidates(graph, graph, small, stands_for)
    assert set(pairs.ravel().tolist()) <= {3, 5, 6, 7}
    assert (pairs[:, 0] < pairs[:, 1]).all()
    assert len({tuple(pair) for pair in pairs.tolist()}) == len(pairs)
