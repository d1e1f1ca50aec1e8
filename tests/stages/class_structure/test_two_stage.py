"""The two-stage probe: right where the classes are, and says when it cannot be compared."""

import numpy as np
import pytest
from numpy.typing import NDArray

from datadoctor.errors import NotAvailableError
from datadoctor.stages.class_structure.two_stage import compare_two_stage
from datadoctor.stages.hierarchy import Hierarchy, given
from datadoctor.stages.predictions import Predictions
from datadoctor.stages.predictions.probe import predict

NAMES = ("a", "b", "c", "d", "e")
TREE = given.from_folders({"a": ("x",), "b": ("x",), "c": ("y",), "d": ("y",), "e": ("z",)}, NAMES)


def dataset(noise: float) -> tuple[NDArray[np.int32], NDArray[np.float32], NDArray[np.int8]]:
    random = np.random.default_rng(0)
    labels = (np.arange(200) % 5).astype(np.int32)
    vectors = np.eye(5)[labels] + random.normal(0, noise, (200, 5))
    labels[:5] = -1
    return labels, vectors.astype(np.float32), (np.arange(200) // 5 % 5).astype(np.int8)


def compare(labels: NDArray[np.int32], vectors: NDArray[np.float32], folds: NDArray[np.int8], tree: Hierarchy) -> float:
    result = compare_two_stage(labels, vectors, predict(vectors, labels, 5, folds), tree)
    assert result.flat_loss > 0
    assert abs(result.flat_accuracy - result.two_stage_accuracy) < 0.1
    return result.two_stage_loss - result.flat_loss


def test_both_are_right_where_classes_are_clear() -> None:
    labels, vectors, folds = dataset(0.05)
    result = compare_two_stage(labels, vectors, predict(vectors, labels, 5, folds), TREE)
    assert result.two_stage_accuracy == result.flat_accuracy == 1
    assert result.two_stage_loss < 0.2


def test_a_sensible_tree_costs_less_than_a_scrambled_one() -> None:
    random = np.random.default_rng(1)
    labels = (np.arange(300) % 5).astype(np.int32)
    coarse = np.eye(3)[TREE.superclass_of[labels]] * 3  # superclasses are clear, classes within them are not
    vectors = np.hstack([coarse, np.eye(5)[labels]]) + random.normal(0, 0.6, (300, 8))
    folds = (np.arange(300) // 5 % 5).astype(np.int8)
    scrambled = given.from_folders({"a": ("x",), "c": ("x",), "b": ("y",), "e": ("y",), "d": ("z",)}, NAMES)
    of_tree, of_scrambled = (compare(labels, vectors.astype(np.float32), folds, tree) for tree in (TREE, scrambled))
    assert of_tree < of_scrambled


def test_what_cannot_be_compared() -> None:
    labels, vectors, folds = dataset(0.1)
    flat = predict(vectors, labels, 5, folds)
    brought = Predictions(flat.probabilities, np.full(200, -1, np.int8), "brought")
    with pytest.raises(NotAvailableError, match="brought"):
        compare_two_stage(labels, vectors, brought, TREE)
    with pytest.raises(NotAvailableError, match="two superclasses"):
        compare_two_stage(labels, vectors, flat, given.from_folders({}, NAMES))
