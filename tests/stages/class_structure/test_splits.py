"""Classes of two kinds: planted ones are found, natural ones are left alone."""

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.datasets import load_digits

from datadoctor.errors import NotAvailableError
from datadoctor.stages.class_structure.splits import find_splits
from datadoctor.stages.class_structure.whitening import Whitening


def clouds(seed: int, n_classes: int = 8, each: int = 60) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Labels, and vectors in one Gaussian cloud a class."""
    random = np.random.default_rng(seed)
    labels = np.repeat(np.arange(n_classes), each).astype(np.int32)
    centres = random.normal(0, 1, (n_classes, 16))
    return labels, (centres[labels] + random.normal(0, 0.5, (len(labels), 16))).astype(np.float32)


def certain(labels: NDArray[np.int32], n_classes: int) -> NDArray[np.float32]:
    return np.eye(n_classes, dtype=np.float32)[labels]


def test_one_cloud_a_class_never_splits() -> None:
    for seed in range(5):
        labels, vectors = clouds(seed)
        splits = find_splits(labels, certain(labels, 8), vectors)
        assert not splits.apart.any()


def test_two_clouds_under_one_name_are_told_apart() -> None:
    labels, vectors = clouds(0)
    merged = np.where(labels == 7, 0, labels).astype(np.int32)
    splits = find_splits(merged, certain(merged, 8), vectors)
    assert np.flatnonzero(splits.apart).tolist() == [0]
    assert np.isnan(splits.conductance[7])
    one, other = splits.parts[0]
    assert {len({labels[row] for row in part}) for part in (one, other)} == {1}
    assert labels[one[0]] != labels[other[0]]
    assert splits.share[0] == pytest.approx(0.5, abs=0.1)


def test_a_few_mislabels_are_not_a_second_kind() -> None:
    labels, vectors = clouds(1)
    noisy = labels.copy()
    noisy[labels == 5] = np.where(np.arange(60) < 12, 0, 5)
    splits = find_splits(noisy, certain(labels, 8), vectors)  # the model knows better
    assert not splits.apart.any()


def test_digits_have_one_shape_each_but_merged_digits_have_two() -> None:
    digits = load_digits()
    vectors = (digits.data - digits.data.mean(axis=0)).astype(np.float32)
    labels = digits.target.astype(np.int32)
    splits = find_splits(labels, certain(labels, 10), vectors)
    assert not splits.apart.any()
    merged = np.where(labels == 6, 0, labels).astype(np.int32)
    splits = find_splits(merged, certain(merged, 10), vectors)
    assert np.flatnonzero(splits.apart).tolist() == [0]


def test_same_result_for_scaled_vectors_and_again() -> None:
    labels, vectors = clouds(2)
    first, second = (find_splits(labels, certain(labels, 8), x) for x in (vectors, vectors * 3))
    np.testing.assert_allclose(first.conductance, second.conductance, atol=1e-4)
    assert find_splits(labels, certain(labels, 8), vectors).parts == first.parts


def test_identical_images() -> None:
    labels, vectors = clouds(0)
    splits = find_splits(labels, certain(labels, 8), np.ones_like(vectors))
    assert np.all((splits.conductance >= 0) & (splits.conductance <= 1))


@pytest.mark.parametrize("labels", [[], [0] * 100, [-1] * 100, list(range(100))])
def test_too_little_to_judge(labels: list[int]) -> None:
    array = np.array(labels, dtype=np.int32)
    vectors = np.random.default_rng(0).normal(size=(len(labels), 4)).astype(np.float32)
    with pytest.raises(NotAvailableError, match="fewer than three classes"):
        find_splits(array, certain(np.maximum(array, 0), 100), vectors)


def test_what_varies_within_every_class_is_no_second_kind_and_hides_none() -> None:
    labels, vectors = clouds(3)
    vectors[:, 0] += np.where(np.random.default_rng(0).random(len(labels)) < 0.5, -4, 4)  # as day and night
    assert not find_splits(labels, certain(labels, 8), vectors).apart.any()
    merged = np.where(labels == 7, 0, labels).astype(np.int32)
    splits = find_splits(merged, certain(merged, 8), vectors)
    assert np.flatnonzero(splits.apart).tolist() == [0]
    assert {len({labels[row] for row in part}) for part in splits.parts[0]} == {1}


@pytest.mark.parametrize(("n_rows", "n_columns"), [(300, 400), (60, 400), (60, 90)])
def test_fewer_rows_than_columns_are_whitened_as_in_the_space_that_they_span(n_rows: int, n_columns: int) -> None:
    random = np.random.default_rng(0)
    vectors = random.normal(size=(n_rows, n_columns)).astype(np.float32) + 1
    rows = {given: np.arange(given, n_rows, 3) for given in range(3)}
    few = Whitening(vectors, rows).without([0], rows[0])
    # Repeated until there are as many rows as columns, the same rows have the same principal directions.
    times = -(-n_columns // n_rows)
    again = {given: np.concatenate([own + i * n_rows for i in range(times)]) for given, own in rows.items()}
    repeated = Whitening(np.tile(vectors, (times, 1)), again)
    there = repeated._vectors[rows[0]].astype(np.float64) @ repeated._principal
    own = Whitening(vectors, rows)
    here = vectors[rows[0]].astype(np.float64) @ own._principal
    np.testing.assert_allclose(_distances(here), _distances(there), rtol=1e-4)
    assert few.shape == (len(rows[0]), min(n_columns, 256))
    assert np.isfinite(few).all()


def _distances(points: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.linalg.norm(points[:, None] - points[None], axis=2))
