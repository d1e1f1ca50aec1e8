"""Probabilities brought by the user: matched by name, refused with the cause when they cannot be right."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from datadoctor.errors import DataDoctorError
from datadoctor.stages.predictions import precomputed

N = 60
PATHS = tuple(f"{i:03d}.png" for i in range(N))
CLASSES = ("ant", "bee", "cat")
LABELS = (np.arange(N) % 3).astype(np.int32)


def good() -> NDArray[np.float32]:
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(N, 3)) + 3 * np.eye(3)[LABELS]
    values: NDArray[np.float32] = (np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)).astype(np.float32)
    return values


def saved(tmp_path: Path, values: NDArray[np.generic]) -> Path:
    np.save(tmp_path / "p.npy", values)
    return tmp_path / "p.npy"


def test_npy_comes_back_as_it_is(tmp_path: Path) -> None:
    predictions = precomputed.read(saved(tmp_path, good()), PATHS, LABELS, CLASSES)
    np.testing.assert_array_equal(predictions.probabilities, good())
    assert (predictions.folds == -1).all()


def test_npz_rows_and_columns_are_matched_by_name(tmp_path: Path) -> None:
    order, columns = np.random.default_rng(1).permutation(N), [2, 0, 1]
    np.savez(
        tmp_path / "p.npz",
        probabilities=good()[order][:, columns],
        paths=np.array(PATHS)[order],
        classes=np.array(CLASSES)[columns],
    )
    np.testing.assert_array_equal(precomputed.read(tmp_path / "p.npz", PATHS, LABELS, CLASSES).probabilities, good())


def test_parquet_rows_and_columns_are_matched_by_name(tmp_path: Path) -> None:
    order = np.random.default_rng(1).permutation(N)
    table = pd.DataFrame(good(), columns=list(CLASSES)).assign(path=PATHS).iloc[order][["cat", "path", "ant", "bee"]]
    table.to_parquet(tmp_path / "p.parquet")
    np.testing.assert_array_equal(
        precomputed.read(tmp_path / "p.parquet", PATHS, LABELS, CLASSES).probabilities, good()
    )


def with_value(row: int, column: int, value: float) -> NDArray[np.float32]:
    values = good()
    values[row, column] = value
    return values


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (good()[:-1], "59 images, the dataset 60"),
        (good()[:, :2], "2 classes, the dataset 3"),
        (good()[:, 0], "shape"),
        (with_value(7, 1, np.nan), "row 7 holds NaN"),
        (with_value(7, 1, -0.5), "row 7 holds negative"),
        (with_value(7, 1, 1.5), "row 7 does not sum to 1"),
        (good()[np.random.default_rng(0).permutation(N)], "by chance"),
        (good()[:, [1, 2, 0]], "by chance"),
        (np.array([["a"] * 3] * N), "one number a class"),
        (np.array([[{}] * 3] * N, dtype=object), "cannot be read"),
    ],
)
def test_what_cannot_be_right_is_refused(tmp_path: Path, values: NDArray[np.generic], message: str) -> None:
    with pytest.raises(DataDoctorError, match=message):
        precomputed.read(saved(tmp_path, values), PATHS, LABELS, CLASSES)


def test_a_missing_image_is_named(tmp_path: Path) -> None:
    np.savez(tmp_path / "p.npz", probabilities=good()[1:], paths=np.array(PATHS[1:]))
    with pytest.raises(DataDoctorError, match=r"1 of 60 images, the first is '000.png'"):
        precomputed.read(tmp_path / "p.npz", PATHS, LABELS, CLASSES)


def test_a_missing_file_and_an_unknown_kind_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataDoctorError, match="cannot be read"):
        precomputed.read(tmp_path / "none.npy", PATHS, LABELS, CLASSES)
    with pytest.raises(DataDoctorError, match=r"not '\.csv'"):
        precomputed.read(tmp_path / "p.csv", PATHS, LABELS, CLASSES)


def test_an_npz_of_something_else_says_what_it_holds(tmp_path: Path) -> None:
    np.savez(tmp_path / "p.npz", features=good())
    with pytest.raises(DataDoctorError, match="it holds features"):
        precomputed.read(tmp_path / "p.npz", PATHS, LABELS, CLASSES)


def test_one_class_is_not_mistaken_for_shuffled(tmp_path: Path) -> None:
    predictions = precomputed.read(saved(tmp_path, np.ones((N, 1), np.float32)), PATHS, np.zeros(N, np.int32), ("ant",))
    assert (predictions.probabilities == 1).all()
