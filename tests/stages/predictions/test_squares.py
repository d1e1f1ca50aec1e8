"""The probe of least squares against the normal equations, its link against a search, and where little can be learnt."""

import numpy as np
import pytest
from numpy.typing import NDArray

from datadoctor.errors import NotAvailableError
from datadoctor.stages.predictions import FittedSquares, Link, links, squares

IDENTITY = Link(1.0, 0.0, 0.01)


def made(n: int = 240, m: int = 12, k: int = 4) -> tuple[NDArray[np.float32], NDArray[np.int32], NDArray[np.int8]]:
    """Rows of length 1 around a corner a class, labels and folds."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, k, n).astype(np.int32)
    vectors = np.eye(k, m)[labels] + rng.normal(0, 0.4, (n, m))
    return (
        (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32),
        labels,
        (np.arange(n) % 20).astype(np.int8),
    )


def by_normal_equations(
    x: NDArray[np.float32], y: NDArray[np.float64], penalty: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    mean = y.mean(axis=0)
    return np.linalg.solve(x.T @ x + penalty * np.eye(x.shape[1]), x.T @ (y - mean)), mean


@pytest.mark.parametrize("soft", [False, True])
def test_each_row_is_predicted_by_the_squares_of_the_other_folds(soft: bool) -> None:
    vectors, labels, folds = made()
    labels[5] = -1
    targets = np.full((240, 4), 0.05, dtype=np.float32)
    targets[np.arange(240), np.maximum(labels, 0)] = 0.85
    found = squares.predict(
        vectors, labels, 4, folds, penalty=0.3, link=IDENTITY, soft_labels=targets if soft else None
    )
    for fold in (0, 5, 19):
        others = (folds != fold) & (labels >= 0)
        y = (targets if soft else np.eye(4))[others if soft else labels[others]].astype(np.float64)
        weights, mean = by_normal_equations(vectors[others], y, 0.3)
        outputs = vectors[folds == fold] @ weights + mean
        expected = np.exp(outputs) / np.exp(outputs).sum(axis=1, keepdims=True)
        np.testing.assert_allclose(found.probabilities[folds == fold], expected, atol=1e-5)


def test_what_is_kept_for_later_images_is_the_fit_of_all_rows() -> None:
    vectors, labels, _ = made()
    kept = squares.fit(vectors, labels, 4, 0.3, IDENTITY)
    assert isinstance(kept, FittedSquares)
    weights, mean = by_normal_equations(vectors, np.eye(4)[labels], 0.3)
    outputs = vectors @ weights + mean
    expected = np.exp(outputs) / np.exp(outputs).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(kept.predict(vectors), expected, atol=1e-5)


def test_a_label_is_never_seen_by_the_probe_that_predicts_it() -> None:
    vectors, labels, folds = made()
    before = squares.predict(vectors, labels, 4, folds, penalty=0.3, link=IDENTITY).probabilities
    changed = labels.copy()
    changed[folds == 3] = (changed[folds == 3] + 1) % 4
    after = squares.predict(vectors, changed, 4, folds, penalty=0.3, link=IDENTITY).probabilities
    np.testing.assert_allclose(before[folds == 3], after[folds == 3], atol=1e-6)
    assert np.abs(before - after)[folds != 3].max() > 1e-3


def test_penalty_and_link_are_chosen_and_serve_again() -> None:
    vectors, labels, folds = made()
    found = squares.predict(vectors, labels, 4, folds)
    assert found.penalty in squares.PENALTIES
    assert found.link is not None
    again = squares.predict(vectors, labels, 4, folds, penalty=found.penalty, link=found.link)
    np.testing.assert_array_equal(found.probabilities, again.probabilities)
    np.testing.assert_allclose(found.probabilities.sum(axis=1), 1, atol=1e-5)
    assert (found.probabilities.argmax(axis=1) == labels).mean() > 0.8


def test_the_link_is_the_most_likely_one() -> None:
    rng = np.random.default_rng(1)
    outputs = rng.normal(0.25, 0.4, (4000, 4)).astype(np.float32)
    truth = Link(2.0, 1.5, 0.04)
    cumulated = truth(outputs).cumsum(axis=1)
    labels = (rng.random((4000, 1)) > cumulated).sum(axis=1).clip(0, 3).astype(np.int32)
    found = links.fit(outputs, labels)
    least = links.loss(found, outputs, labels)
    for slope in (0.0, 1.0, 2.0, 4.0):
        for power in (0.0, 1.0, 1.5, 3.0):
            for floor in links.FLOORS:
                assert least <= links.loss(Link(slope, power, floor), outputs, labels) + 1e-5


def test_a_class_of_one_fold_alone_is_never_predicted_there() -> None:
    vectors, labels, folds = made()
    labels[:] = labels % 3
    labels[folds == 2] = 3
    found = squares.predict(vectors, labels, 4, folds)
    assert (found.probabilities[folds == 2, 3] < 1e-6).all()
    assert np.isfinite(found.probabilities).all()


def test_labels_in_one_fold_alone_teach_nothing() -> None:
    vectors, labels, folds = made()
    labels[folds != 2] = -1
    with pytest.raises(NotAvailableError, match="label more images"):
        squares.predict(vectors, labels, 4, folds)
