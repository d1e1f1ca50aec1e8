"""The confusion statistics against definitions written out item by item, and against cleanlab."""

from pathlib import Path

import numpy as np
import pytest
from cleanlab.count import compute_confident_joint, estimate_latent
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from datadoctor.errors import NotAvailableError
from datadoctor.stages.confusion import confident
from datadoctor.stages.confusion.confident import estimate


def dataset(
    seed: int, n: int = 60, n_classes: int = 4, unlabelled: int = 5
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    random = np.random.default_rng(seed)
    labels = random.integers(0, n_classes, n).astype(np.int32)
    labels[:unlabelled] = -1
    labels[unlabelled : unlabelled + 2] = (0, 1)
    probabilities = random.dirichlet(np.full(n_classes, 0.5), n).astype(np.float32)
    return labels, probabilities


@given(st.integers(0, 10_000), st.integers(2, 6), st.integers(1, 40))
@settings(max_examples=40, deadline=None)
def test_matrices_by_definition(seed: int, n_classes: int, chunk: int) -> None:
    labels, p = dataset(seed, n_classes=n_classes)
    original, confident.CHUNK = confident.CHUNK, chunk  # so that classes are spread over chunks
    try:
        found = estimate(labels, p)
    finally:
        confident.CHUNK = original
    for j in range(n_classes):
        of_j = p[labels == j]
        assert found.n_given[j] == len(of_j)
        assert found.argmax_counts[j].tolist() == np.bincount(of_j.argmax(axis=1), minlength=n_classes).tolist()
        if len(of_j):
            np.testing.assert_allclose(found.mean_probability[j], of_j.mean(axis=0), atol=1e-5)
            for k in set(range(n_classes)) - {j}:
                expected = np.mean(of_j[:, k].astype(float) / np.delete(of_j, j, axis=1).sum(axis=1, dtype=float))
                assert found.soft[j, k] == pytest.approx(expected, abs=1e-4)
            assert found.thresholds[j] == pytest.approx(of_j[:, j].mean(), abs=1e-5)
        else:
            assert not found.mean_probability[j].any()
            assert np.isnan(found.thresholds[j])
    assert not found.soft.diagonal().any()
    np.testing.assert_allclose(found.transition.sum(axis=1), 1, atol=1e-5)


def test_confident_joint_and_transition_are_cleanlabs() -> None:
    labels, p = dataset(3, n=400)
    given_label = labels >= 0
    joint = compute_confident_joint(labels[given_label], p[given_label])
    _, noise, _ = estimate_latent(joint, labels[given_label])
    found = estimate(labels, p)
    np.testing.assert_array_equal(found.confident_joint, joint.astype(np.float32))
    np.testing.assert_allclose(found.transition, noise.T, atol=1e-5)


def test_planted_noise_shows_in_the_transition() -> None:
    random = np.random.default_rng(0)
    true = random.integers(0, 3, 6000).astype(np.int32)
    labels = np.where((true == 0) & (random.random(6000) < 0.3), 2, true).astype(np.int32)
    p = np.full((6000, 3), 0.02, dtype=np.float32)
    p[np.arange(6000), true] = 0.96
    found = estimate(labels, p)
    assert found.transition[0, 2] == pytest.approx(0.3, abs=0.02)
    assert found.transition[1, 1] == pytest.approx(1)
    assert found.argmax_counts[2, 0] == np.sum((true == 0) & (labels == 2))


def test_classes_that_nobody_was_given() -> None:
    labels = np.array([0, 0, 2, 2, -1], dtype=np.int32)
    p = np.array([[0.9, 0, 0.1, 0], [1, 0, 0, 0], [0, 0, 1, 0], [0, 0.4, 0.6, 0], [0, 1, 0, 0]], dtype=np.float32)
    found = estimate(labels, p)
    assert found.n_given.tolist() == [2, 0, 2, 0]
    assert found.transition[1].tolist() == [0, 1, 0, 0]
    assert found.transition[3].tolist() == [0, 0, 0, 1]
    # An item certain of its given class says nothing about the others.
    np.testing.assert_allclose(found.soft[0], [0, 0, 0.5, 0], atol=1e-6)
    assert all(np.isfinite(m).all() for m in (found.soft, found.transition, found.confident_joint))


@pytest.mark.parametrize("labels", [[0, 0, 0], [-1, -1, -1], [1, -1, 1]])
def test_one_class_cannot_be_confused(labels: list[int]) -> None:
    p = np.full((3, 2), 0.5, dtype=np.float32)
    with pytest.raises(NotAvailableError, match="two classes"):
        estimate(np.array(labels, dtype=np.int32), p)


def test_does_not_depend_on_memory_mapping(tmp_path: Path) -> None:
    labels, p = dataset(5)
    np.save(tmp_path / "p.npy", p)
    mapped = np.load(tmp_path / "p.npy", mmap_mode="r")
    np.testing.assert_array_equal(estimate(labels, mapped).soft, estimate(labels, p).soft)


@given(st.integers(0, 10_000), st.integers(2, 8), st.sampled_from([0.1, 1.0]))
@settings(max_examples=60, deadline=None)
def test_confident_joint_is_cleanlabs_whatever_the_chunks(seed: int, n_classes: int, concentration: float) -> None:
    random = np.random.default_rng(seed)
    labels = random.integers(0, n_classes, 90).astype(np.int32)
    labels[:2] = (0, 1)
    p = random.dirichlet(np.full(n_classes, concentration), 90).astype(np.float32)
    original, confident.CHUNK = confident.CHUNK, 17
    try:
        found = estimate(labels, p).confident_joint
    finally:
        confident.CHUNK = original
    np.testing.assert_array_equal(found, compute_confident_joint(labels, p).astype(np.float32))
