"""The benchmark's own formulas: peers must be measured fairly, so theirs are tested by value as well."""

import numpy as np
import pytest

from benchmarks.mislabels import hoc, peers, scale
from benchmarks.mislabels.measure import ap_difference, calibration_error
from benchmarks.mislabels.settings import inject
from datadoctor.stages.index import Neighbours


def test_hoc_finds_a_planted_transition_matrix() -> None:
    random = np.random.default_rng(0)
    transition = np.array([[0.8, 0.2, 0.0], [0.1, 0.7, 0.2], [0.05, 0.05, 0.9]])
    truth = np.sort(random.integers(0, 3, 9000))
    labels = np.array([random.choice(3, p=transition[k]) for k in truth], dtype=np.int32)
    # The two nearest are truly of the same class: the next in order, but for the few at a border.
    rows = np.arange(9000)
    nearest = np.stack([(rows + 1) % 9000, (rows + 2) % 9000], axis=1).astype(np.int32)
    shares, found = hoc.estimate(labels, nearest, 3)
    np.testing.assert_allclose(found, transition, atol=0.06)
    np.testing.assert_allclose(shares, 1 / 3, atol=0.05)


def test_selfclean_and_simifeat_by_value() -> None:
    vectors = np.array([[1, 0], [0.8, 0.6], [0, 1]], dtype=np.float32)
    labels = np.array([0, 0, 1], dtype=np.int32)
    # Cosine distances: 0-1 .2, 0-2 1, 1-2 .4; row 2 has nobody of its own label, which counts as the opposite direction.
    expected = [0.04 / 1.04, 0.04 / 0.2, 4 / 4.16]
    np.testing.assert_allclose(peers.selfclean(vectors, labels), expected, rtol=1e-5)
    near = Neighbours(
        np.array([[1, 2], [0, 2], [1, 0]], np.int32),
        np.array([[0.8, 0.2], [0.8, 0.6], [0.6, 0.2]], np.float32),
        "",
        1.0,
    )
    votes = peers.simifeat_votes(near, labels, 2)
    np.testing.assert_allclose(votes, [[0.8, 0.2], [0.8 / 1.4, 0.6 / 1.4], [1.0, 0.0]], rtol=1e-5)


def test_calibration_error_by_value() -> None:
    p = np.array([0.1, 0.1, 0.9, 0.9])
    assert calibration_error(p, np.array([False, False, True, True])) == pytest.approx(0.1)
    assert calibration_error(p, np.array([True, True, False, False])) == pytest.approx(0.9)


def test_the_interval_of_a_clear_difference_excludes_zero() -> None:
    random = np.random.default_rng(0)
    wrong = random.random(500) < 0.2
    good, bad = wrong + 0.5 * random.random(500), random.random(500)
    low, high = ap_difference(wrong, good, bad, 50)
    assert 0 < low < high
    assert ap_difference(wrong, good, good, 50) == (0, 0)


@pytest.mark.parametrize("way", ["uniform", "superclass", "class-dependent"])
def test_injected_errors_are_as_many_and_of_the_kind_that_was_asked_for(way: str) -> None:
    true, group = (np.arange(600) % 6).astype(np.int32), np.array([0, 0, 0, 1, 1, 1])
    given = inject(true, group, 0.1, way)
    wrong = given != true
    assert wrong.sum() == 60
    if way == "superclass":
        assert (group[given] == group[true]).all()
    if way == "class-dependent":
        assert (given[wrong] == (true[wrong] + 1) % 6).all()


def test_growth_is_the_exponent() -> None:
    found = {100: {"seconds": 1.0}, 400: {"seconds": 8.0}}
    assert scale.growth(found, "seconds") == "n^1.50"
