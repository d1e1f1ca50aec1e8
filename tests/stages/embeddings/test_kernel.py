"""The likeness of images: its columns against the kernel that they stand for."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from datadoctor.stages.embeddings import kernel


def seen(n: int = 60) -> list[NDArray[np.float32]]:
    rng = np.random.default_rng(0)
    return [rng.normal(0, scale, (n, d)).astype(np.float32) for scale, d in ((1.0, 5), (100.0, 3))]


def expected(views: list[NDArray[np.float32]], rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """exp(-d / 2), d: squared distances of standardised columns, over their median among ``rows``, a mean over the views."""
    total = np.zeros((len(views[0]), len(views[0])))
    for view in views:
        x = view.astype(np.float64) / view.std(axis=0)
        d = ((x[:, None] - x[None]) ** 2).sum(axis=2)
        among = np.sort(d[np.ix_(rows, rows)][np.triu_indices(len(rows), 1)])
        # Of an even number of values PyTorch takes the lower.
        total += d / among[(len(among) - 1) // 2] / len(views)
    return np.exp(-total / 2)


def test_products_of_columns_are_the_likeness(tmp_path: Path) -> None:
    views = seen()
    landmarks = kernel.fit(views, np.arange(60))
    columns = kernel.columns(landmarks, views, tmp_path / "k.npy").astype(np.float32)
    np.testing.assert_allclose(columns @ columns.T, expected(views, np.arange(60)), atol=3e-3)


def test_a_few_landmarks_stand_for_the_likeness_to_themselves(tmp_path: Path) -> None:
    views, rows = seen(), np.arange(0, 60, 2)
    columns = kernel.columns(kernel.fit(views, rows), views, tmp_path / "k.npy").astype(np.float32)
    assert columns.shape == (60, 30)
    likeness = columns @ columns[rows].T
    assert (np.linalg.norm(columns, axis=1) < 1.001).all()
    np.testing.assert_allclose(likeness[rows, np.arange(30)], 1, atol=3e-3)
    # Also to images that are no landmarks.
    np.testing.assert_allclose(likeness, expected(views, rows)[:, rows], atol=3e-3)


def test_a_column_is_that_of_the_image_whatever_is_beside_it(tmp_path: Path) -> None:
    views = seen()
    landmarks = kernel.fit(views, np.arange(40))
    whole = kernel.columns(landmarks, views, tmp_path / "whole.npy")
    alone = kernel.columns(landmarks, [view[50:51] for view in views], tmp_path / "alone.npy")
    np.testing.assert_allclose(alone[0].astype(np.float32), whole[50].astype(np.float32), atol=2e-3)


def test_landmarks_are_drawn_by_content_and_no_copies() -> None:
    rows = kernel.landmark_rows(["d", "b", "b", "a"])
    assert rows.tolist() == [3, 1, 0]
    many = [f"{number:05d}" for number in range(3000)]
    assert kernel.landmark_rows(many[::-1]).tolist() == list(range(2999, 999, -1))


def test_classes_are_told_by_likeness_where_most_have_images_enough() -> None:
    labels = np.repeat(np.arange(3, dtype=np.int32), (200, 200, 5))
    assert kernel.enough(labels, 3)
    assert not kernel.enough(labels[labels != 1], 3)
    assert not kernel.enough(np.full(1000, -1, dtype=np.int32), 3)


def test_images_that_all_look_the_same_and_one_alone(tmp_path: Path) -> None:
    for n in (1, 5):
        views = [np.ones((n, 4), dtype=np.float32)]
        columns = kernel.columns(kernel.fit(views, np.arange(n)), views, tmp_path / f"{n}.npy")
        assert np.isfinite(columns.astype(np.float32)).all()
