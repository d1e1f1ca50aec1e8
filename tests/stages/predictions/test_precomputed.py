"""Probabilities brought by the user: matched by name, refused with the cause when they cannot be right."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from datadoctor.errors import DataDoctorError
from datadoctor.stages.brought.orders import Listed
from datadoctor.stages.predictions import precomputed
from tests.shared_cases import unpacked

N = 60
PATHS = tuple(f"{i:03d}.png" for i in range(N))
CLASSES = ("ant", "bee", "cat")
LABELS = (np.arange(N) % 3).astype(np.int32)
LISTED = Listed(PATHS, LABELS, np.arange(N))


def good() -> NDArray[np.float32]:
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(N, 3)) + 3 * np.eye(3)[LABELS]
    values: NDArray[np.float32] = (np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)).astype(np.float32)
    return values


def saved(tmp_path: Path, values: NDArray[np.generic]) -> Path:
    np.save(tmp_path / "p.npy", values)
    return tmp_path / "p.npy"


def test_npy_comes_back_as_it_is(tmp_path: Path) -> None:
    predictions = precomputed.read(saved(tmp_path, good()), LISTED, CLASSES)
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
    np.testing.assert_array_equal(precomputed.read(tmp_path / "p.npz", LISTED, CLASSES).probabilities, good())


def test_parquet_rows_and_columns_are_matched_by_name(tmp_path: Path) -> None:
    order = np.random.default_rng(1).permutation(N)
    table = pd.DataFrame(good(), columns=list(CLASSES)).assign(path=PATHS).iloc[order][["cat", "path", "ant", "bee"]]
    table.to_parquet(tmp_path / "p.parquet")
    np.testing.assert_array_equal(precomputed.read(tmp_path / "p.parquet", LISTED, CLASSES).probabilities, good())


def with_value(row: int, column: int, value: float) -> NDArray[np.float32]:
    values = good()
    values[row, column] = value
    return values


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (good()[:-1], "59 rows, but 60 images are listed"),
        (good()[:, :2], "2 classes, the dataset 3"),
        (good()[:, 0], "shape"),
        (with_value(7, 1, np.nan), "row 7 holds NaN"),
        (with_value(7, 1, -0.5), "row 7 holds negative"),
        (with_value(7, 1, 1.5), "row 7 does not sum to 1"),
        (good()[:, [1, 2, 0]], "with its columns in another order"),
        (np.array([["a"] * 3] * N), "one row of numbers"),
        (np.array([[{}] * 3] * N, dtype=object), "cannot be read"),
    ],
)
def test_what_cannot_be_right_is_refused(tmp_path: Path, values: NDArray[np.generic], message: str) -> None:
    with pytest.raises(DataDoctorError, match=message):
        precomputed.read(saved(tmp_path, values), LISTED, CLASSES)


def test_a_missing_image_is_named(tmp_path: Path) -> None:
    np.savez(tmp_path / "p.npz", probabilities=good()[1:], paths=np.array(PATHS[1:]))
    with pytest.raises(DataDoctorError, match=r"1 of 60 images, the first is '000.png'"):
        precomputed.read(tmp_path / "p.npz", LISTED, CLASSES)


def test_a_missing_file_and_an_unknown_kind_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataDoctorError, match="no such file"):
        precomputed.read(tmp_path / "none.npy", LISTED, CLASSES)
    with pytest.raises(DataDoctorError, match=r"not '\.mat'"):
        precomputed.read(tmp_path / "p.mat", LISTED, CLASSES)


def test_csv_rows_and_columns_are_matched_by_name(tmp_path: Path) -> None:
    order = np.random.default_rng(1).permutation(N)
    table = pd.DataFrame(good(), columns=list(CLASSES)).assign(filename=PATHS, split="train").iloc[order]
    table[["split", "cat", "filename", "ant", "bee"]].to_csv(tmp_path / "p.csv", index=False)
    np.testing.assert_allclose(precomputed.read(tmp_path / "p.csv", LISTED, CLASSES).probabilities, good(), rtol=1e-6)


def test_named_columns_are_believed_even_where_another_order_agrees_better(tmp_path: Path) -> None:
    """Two folders may have been exchanged: then the labels are wrong, not the names of the columns."""
    np.savez(tmp_path / "p.npz", probabilities=good(), classes=np.array(["bee", "ant", "cat"]), paths=np.array(PATHS))
    read = precomputed.read(tmp_path / "p.npz", LISTED, CLASSES).probabilities
    np.testing.assert_array_equal(read, good()[:, [1, 0, 2]])


def test_rows_of_all_listed_images_or_of_the_readable_ones(tmp_path: Path) -> None:
    listed = Listed(PATHS, LABELS, np.arange(1, N))
    unreadable_has_none = good()
    unreadable_has_none[0] = np.nan
    for values in (unreadable_has_none, good()[1:]):
        read = precomputed.read(saved(tmp_path, values), listed, CLASSES)
        np.testing.assert_array_equal(read.probabilities, good()[1:])


def test_shuffled_rows_are_refused_where_the_images_are_enough_to_tell(tmp_path: Path) -> None:
    """Weak probabilities, and few images, agree no better than chance in the right order too: then it is only said."""
    rng = np.random.default_rng(0)
    few, said = saved(tmp_path, good()[rng.permutation(N)]), list[str]()
    precomputed.read(few, LISTED, CLASSES, notice=said.append)
    weak = saved(tmp_path, rng.dirichlet([40, 40, 40], N))
    precomputed.read(weak, LISTED, CLASSES, notice=said.append)
    assert len(said) == 2
    assert all("or its rows are in another order" in text for text in said)
    paths, labels = tuple(f"{i:04d}.png" for i in range(4 * N)), np.tile(LABELS, 4)
    shuffled = saved(tmp_path, np.tile(good(), (4, 1))[rng.permutation(4 * N)])
    with pytest.raises(DataDoctorError, match=r"by chance it would be 33.\d%, yet it is 8\d% sure"):
        precomputed.read(shuffled, Listed(paths, labels, np.arange(4 * N)), CLASSES, notice=said.append)


@pytest.mark.shared
def test_the_columns_of_the_case_are_in_natural_order(tmp_path: Path) -> None:
    case = unpacked("pred_probs_natural_order", tmp_path)
    paths = sorted(file.relative_to(case / "data").as_posix() for file in (case / "data").rglob("*.png"))
    classes = tuple(sorted({path.split("/")[0] for path in paths}))
    labels = np.array([classes.index(path.split("/")[0]) for path in paths], dtype=np.int32)
    listed = Listed(paths, labels, np.arange(len(paths)))
    with pytest.raises(
        DataDoctorError, match=r"label of 17% .* columns in another order \(natural order\) it would be 100%"
    ):
        precomputed.read(case / "natural.npy", listed, classes)
    assert len(precomputed.read(case / "text_order.npy", listed, classes).probabilities) == 144


def test_an_npz_of_something_else_says_what_it_holds(tmp_path: Path) -> None:
    np.savez(tmp_path / "p.npz", features=good())
    with pytest.raises(DataDoctorError, match="it holds features"):
        precomputed.read(tmp_path / "p.npz", LISTED, CLASSES)


def test_one_class_is_not_mistaken_for_shuffled(tmp_path: Path) -> None:
    images = Listed(PATHS, np.zeros(N, np.int32), np.arange(N))
    predictions = precomputed.read(saved(tmp_path, np.ones((N, 1), np.float32)), images, ("ant",))
    assert (predictions.probabilities == 1).all()
