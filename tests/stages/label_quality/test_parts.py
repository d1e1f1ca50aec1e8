"""Each part of the judgement alone: by value, or by a property that must hold."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.isotonic import IsotonicRegression

from datadoctor.stages.index import Neighbours
from datadoctor.stages.label_quality import (
    ErrorRate,
    calibration,
    error_rate,
    fusion,
    kinds,
    neighbour_vote,
    posterior,
    transition,
)
from datadoctor.stages.label_quality.fusion import Pool


def test_isotonic_is_scikit_learns() -> None:
    random = np.random.default_rng(0)
    scores = np.round(random.random(300), 2).astype(np.float32)
    targets = np.clip(scores + 0.3 * random.normal(size=300), 0, 1).astype(np.float32)
    expected = IsotonicRegression().fit(scores, targets).predict(scores)
    np.testing.assert_allclose(calibration.isotonic(scores, targets), expected, atol=1e-5)


def test_threshold_maximises_expected_f1_by_trying_all() -> None:
    p = np.random.default_rng(0).beta(0.2, 1.5, 200).astype(np.float32)

    def expected_f1(over: float) -> float:
        called = p >= over
        return float(2 * p[called].sum() / (called.sum() + p.sum()))

    best = max(map(expected_f1, p.tolist()))
    assert expected_f1(calibration.threshold(p)) == pytest.approx(best)
    assert calibration.threshold(np.full(5, 0.9, np.float32)) == 0.5
    assert calibration.threshold(np.full(5, 0.01, np.float32)) == 0.25


def test_pool_weights_undo_a_wrong_temperature() -> None:
    random = np.random.default_rng(0)
    logits = 2 * random.normal(size=(20_000, 4))
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    labels = (p.cumsum(axis=1) < random.random((len(p), 1))).sum(axis=1).astype(np.int32)
    too_sharp = p**3 / (p**3).sum(axis=1, keepdims=True)
    pool = fusion.fit([too_sharp.astype(np.float32)], labels, np.arange(len(labels)))
    assert pool.weights[0] == pytest.approx(1 / 3, rel=0.05)
    np.testing.assert_allclose(pool[np.arange(100)], p[:100], atol=0.05)
    labels[::2] = -1
    whole = fusion.fused([too_sharp.astype(np.float32)], labels)
    np.testing.assert_allclose(whole[:100], p[:100], atol=0.05)


@pytest.mark.parametrize("n", [10, 150])
def test_a_view_that_is_never_wrong_is_no_surer_than_its_images_allow(n: int) -> None:
    labels = np.arange(n, dtype=np.int32) % 2
    view = np.where(np.eye(2)[labels] > 0, 0.9, 0.1).astype(np.float32)
    at_label = fusion.fit([view], labels, np.arange(n))[np.arange(n)][np.arange(n), labels]
    # One image more, of either class alike: so n and a half of n + 1 agree.
    np.testing.assert_allclose(at_label, (n + 0.5) / (n + 1), atol=1e-3)


@given(st.integers(0, 1000), st.integers(2, 6))
@settings(max_examples=30, deadline=None)
def test_pool_and_bayes_rows_sum_to_one(seed: int, k: int) -> None:
    random = np.random.default_rng(seed)
    views = tuple(random.dirichlet(np.full(k, 0.1), 20).astype(np.float32) for _ in range(2))
    fused = Pool(views, random.random(2))[np.arange(20)]
    labels = random.integers(-1, k, 20).astype(np.int32)
    result = posterior.by_bayes(fused, labels, random.dirichlet(np.ones(k), k))
    np.testing.assert_allclose(result.sum(axis=1), 1, atol=1e-4)
    np.testing.assert_allclose(result[labels < 0], fused[labels < 0], atol=1e-5)


def test_soft_labels_are_bayes_rule() -> None:
    fused = np.array([[0.7, 0.2, 0.1]], dtype=np.float32)
    matrix = np.array([[0.8, 0.1, 0.1], [0.3, 0.6, 0.1], [0.0, 0.5, 0.5]])
    result = posterior.by_bayes(fused, np.array([1], np.int32), matrix)
    np.testing.assert_allclose(result[0], np.array([0.07, 0.12, 0.05]) / 0.24, rtol=1e-5)


def test_transition_recovers_a_planted_matrix() -> None:
    random = np.random.default_rng(0)
    true_matrix = np.array([[0.9, 0.1, 0.0], [0.0, 0.8, 0.2], [0.05, 0.05, 0.9]])
    truth = random.integers(0, 3, 6000)
    labels = np.array([random.choice(3, p=true_matrix[t]) for t in truth], dtype=np.int32)
    pool = Pool(((0.97 * np.eye(3)[truth] + 0.01).astype(np.float32),), np.ones(1))
    counts = transition.confident_counts(pool, labels, np.arange(6000))
    matrix, _ = transition.matrix(counts, np.bincount(labels))
    np.testing.assert_allclose(matrix, true_matrix, atol=0.03)
    np.testing.assert_allclose(matrix.sum(axis=1), 1)


def test_uniform_errors_are_shrunk_and_structured_ones_are_not() -> None:
    k, n_given = 10, np.full(10, 100)
    random = np.random.default_rng(0)
    uniform = np.diag(np.full(k, 90.0)) + random.multinomial(90, np.full(k * k, 1 / (k * k))).reshape(k, k) * (
        1 - np.eye(k)
    )
    structured = np.diag(np.full(k, 90.0)) + 10 * np.roll(np.eye(k), 1, axis=1)
    _, weak = transition.matrix(uniform, n_given)
    matrix, strong = transition.matrix(structured, n_given)
    assert weak.strength > 50 * strong.strength
    assert strong.structured
    assert not weak.structured
    assert matrix[0, 1] > 20 * matrix[0, 2]


def test_superclasses_inform_rows_that_have_no_errors_yet() -> None:
    superclass_of = np.array([0, 0, 0, 1, 1, 1], np.int32)
    counts = np.diag(np.full(6, 50.0))
    counts[0, 1] = counts[1, 2] = counts[3, 4] = counts[4, 5] = 8
    flat, _ = transition.matrix(counts, np.full(6, 60))
    tree, _ = transition.matrix(counts, np.full(6, 60), superclass_of)
    assert tree[2, 0] + tree[2, 1] > 1.5 * (flat[2, 0] + flat[2, 1])


def test_empty_classes_leave_a_usable_matrix() -> None:
    counts = np.diag([30.0, 30.0, 0.0])
    matrix, _ = transition.matrix(counts, np.array([30, 30, 0]))
    assert np.isfinite(matrix).all()
    np.testing.assert_allclose(matrix.sum(axis=1), 1)


def test_votes_by_value() -> None:
    rows = np.array([[1, 2, 3], [0, 2, -1], [3, -1, -1], [0, 1, 2]], dtype=np.int32)
    cosines = np.array([[0.9, 0.8, 0.7], [0.9, 0.5, np.nan], [0.5, np.nan, np.nan], [0.9, 0.9, 0.9]], dtype=np.float32)
    near = Neighbours(rows, cosines, "exact", 1.0)
    labels, groups = np.array([0, 1, 0, -1], np.int32), np.array([0, 1, 1, 3], np.int32)
    votes = neighbour_vote.vote(near, labels, 2, groups)
    prior = np.array([2 / 3, 1 / 3]) * 0.5
    first = np.array([np.exp(-1), 1.0]) + prior
    np.testing.assert_allclose(votes[0], first / first.sum(), rtol=1e-4)
    # Row 2 is of the same group as row 1, so only row 0 votes; row 3 has no label and nobody else is near row 2.
    np.testing.assert_allclose(votes[1], (np.array([1.0, 0]) + prior) / 1.5, rtol=1e-4)
    np.testing.assert_allclose(votes[2], [2 / 3, 1 / 3], rtol=1e-4)
    np.testing.assert_allclose(
        neighbour_vote.vote(near, np.eye(2, dtype=np.float32)[[0, 1, 0, 0]], 2, groups)[0].sum(), 1, rtol=1e-5
    )
    assert neighbour_vote.agreement(near, labels, groups).tolist() == pytest.approx(
        [np.exp(-1) / (1 + np.exp(-1)), 0, 0, 0]
    )


def test_expected_errors_at_a_depth() -> None:
    p = np.array([0.9, 0.8, 0.5, 0.1], dtype=np.float32)
    expected = error_rate.expected_errors(p, np.arange(4))
    np.testing.assert_allclose(expected, [0.9, 1.7, 2.2, 2.3], rtol=1e-6)
    low, high = error_rate.errors_at(expected, 2, ErrorRate(0.5, 0.4, 0.6, True))
    assert 0 <= low < 1.7 < high <= 2
    assert error_rate.errors_at(expected, 0, ErrorRate(0.5, 0.4, 0.6, True)) == (0.0, 0.0)
    # No doubt about any of twenty is no proof of none.
    assert 1 < error_rate.errors_at(np.zeros(20, np.float32), 20, ErrorRate(0.0, 0.0, 0.0, True))[1] < 3


def test_kinds() -> None:
    fused = np.array(
        [
            [0.02, 0.9, 0.05, 0.03],
            [0.3, 0.02, 0.6, 0.08],
            [0.1, 0.3, 0.3, 0.3],
            [0.1, 0.3, 0.3, 0.3],
            [0.01, 0.01, 0.01, 0.97],
        ]
    )
    given_, suggested = np.array([0, 0, 0, 0, 2], np.int32), np.array([1, 2, 1, 1, 3], np.int32)
    mean = np.eye(4)
    mean[2, 3] = mean[3, 2] = 0.2
    found = kinds.kinds(
        fused.astype(np.float32),
        given_,
        suggested,
        np.full(4, 0.7, np.float32),
        mean,
        np.array([0, 0, 1, 1], np.int32),
        np.array([False, False, True, False, False]),
    )
    assert found == [kinds.RELABEL, kinds.SEVERAL, kinds.OFF_TOPIC, kinds.UNSURE, kinds.AMBIGUOUS]


def test_probabilities_take_the_mean_they_are_given_and_keep_their_order() -> None:
    p = np.sort(np.random.default_rng(0).random(100)).astype(np.float32)
    moved = calibration.with_mean(p, 0.1)
    assert moved.mean() == pytest.approx(0.1, abs=1e-4)
    assert (np.diff(moved) >= 0).all()
