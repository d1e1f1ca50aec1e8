"""The probe against scikit-learn's logistic regression, and on datasets where little can be learnt."""

import subprocess
import sys

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from datadoctor.errors import NotAvailableError
from datadoctor.stages.predictions import columns, probe
from datadoctor.stages.predictions.fitted import fit


def blobs(n: int, d: int, k: int, spread: float, seed: int = 0) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, k, n).astype(np.int32)
    centres = rng.normal(size=(k, d))
    return (centres[labels] + spread * rng.normal(size=(n, d))).astype(np.float32), labels


def folds_of(n: int) -> NDArray[np.int8]:
    return (np.arange(n) % 5).astype(np.int8)


def penalty_of(made_by: str) -> float:
    return float(made_by.rpartition(" ")[2])


def test_probabilities_are_those_of_scikit_learn() -> None:
    vectors, labels = blobs(600, 12, 4, 2.0)
    folds = folds_of(600)
    predictions = probe.predict(vectors, labels, 4, folds)
    scaled = StandardScaler().fit_transform(vectors)
    expected = np.empty_like(predictions.probabilities)
    for fold in range(5):
        train = folds != fold
        oracle = LogisticRegression(C=1 / (penalty_of(predictions.made_by) * train.sum()), tol=1e-8, max_iter=5000)
        expected[~train] = oracle.fit(scaled[train], labels[train]).predict_proba(scaled[~train])
    # made_by prints the penalty to three digits.
    np.testing.assert_allclose(predictions.probabilities, expected, atol=3e-3)


@pytest.mark.parametrize("penalty", [1e-2, 1e-3, 1e-5])
@pytest.mark.parametrize("soft", [False, True])
def test_a_weak_penalty_is_reached_with_fewer_rows_than_columns(penalty: float, soft: bool) -> None:
    vectors, labels = blobs(150, 400, 4, 2.5)
    folds = folds_of(150)
    targets = np.full((150, 4), 0.01, dtype=np.float32)
    targets[np.arange(150), labels] = 0.97
    made = probe.predict(
        vectors, labels, 4, folds, penalty=penalty, soft_labels=targets if soft else None
    ).probabilities
    kept = fit(vectors, labels, 4, penalty, soft_labels=targets if soft else None).predict(vectors)
    scaled = StandardScaler().fit_transform(vectors)
    expected = np.empty_like(made)
    for fold in range(5):
        train = folds != fold
        # Soft labels are rows of every class, each with its share.
        x, y = (
            (np.repeat(scaled[train], 4, axis=0), np.tile(np.arange(4), train.sum()))
            if soft
            else (scaled[train], labels[train])
        )
        weight = targets[train].ravel() if soft else None
        oracle = LogisticRegression(C=1 / (penalty * train.sum()), tol=1e-8, max_iter=5000)
        expected[~train] = oracle.fit(x, y, sample_weight=weight).predict_proba(scaled[~train])
    at_label = np.arange(150), labels
    assert abs(float(np.log(made[at_label]).mean() - np.log(expected[at_label]).mean())) < 0.02
    assert float(kept[at_label].mean()) > 0.9


def test_the_penalty_is_the_best_of_its_path() -> None:
    vectors, labels = blobs(300, 40, 3, 4.0)
    folds = folds_of(300)
    chosen = penalty_of(probe.predict(vectors, labels, 3, folds).made_by)
    scaled = StandardScaler().fit_transform(vectors)

    def loss(penalty: float) -> float:
        total = 0.0
        for fold in range(5):
            train = folds != fold
            oracle = LogisticRegression(C=1 / (penalty * train.sum()), max_iter=5000).fit(scaled[train], labels[train])
            total -= float(oracle.predict_log_proba(scaled[~train])[np.arange((~train).sum()), labels[~train]].sum())
        return total

    assert loss(chosen) <= min(loss(chosen * 10**0.5), loss(chosen / 10**0.5)) + 1e-2


def test_soft_labels_that_are_hard_change_nothing() -> None:
    vectors, labels = blobs(200, 8, 3, 1.5)
    soft = np.eye(3, dtype=np.float32)[labels]
    hard = probe.predict(vectors, labels, 3, folds_of(200)).probabilities
    np.testing.assert_allclose(
        probe.predict(vectors, labels, 3, folds_of(200), soft_labels=soft).probabilities, hard, atol=1e-3
    )


def test_soft_labels_replace_wrong_ones() -> None:
    vectors, truth = blobs(400, 8, 2, 0.5)
    soft = np.eye(2, dtype=np.float32)[truth]
    predicted = probe.predict(vectors, 1 - truth, 2, folds_of(400), soft_labels=soft).probabilities.argmax(axis=1)
    assert (predicted == truth).mean() > 0.95


def test_rows_in_chunks_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors, labels = blobs(211, 9, 3, 1.5)
    whole = probe.predict(vectors, labels, 3, folds_of(211)).probabilities
    monkeypatch.setattr(columns, "CHUNK_VALUES", 300)
    monkeypatch.setattr(columns, "BYTES_IN_MEMORY", 0)
    np.testing.assert_allclose(probe.predict(vectors, labels, 3, folds_of(211)).probabilities, whole, atol=2e-3)


def test_rows_without_a_label_are_predicted_but_never_learnt_from() -> None:
    vectors, labels = blobs(300, 6, 3, 0.6)
    hidden = labels.copy()
    hidden[::4] = -1
    first = probe.predict(vectors, hidden, 3, folds_of(300)).probabilities
    assert (first[::4].argmax(axis=1) == labels[::4]).mean() > 0.95
    assert np.allclose(first.sum(axis=1), 1, atol=1e-5)


def test_a_class_of_one_has_no_probability_where_it_was_held_out() -> None:
    vectors, labels = blobs(101, 6, 2, 0.6)
    labels[17] = 2
    probabilities = probe.predict(vectors, labels, 3, folds_of(101)).probabilities
    assert probabilities[17, 2] == 0
    assert np.isfinite(probabilities).all()
    assert (probabilities[folds_of(101) != 17 % 5, 2] > 0).all()


def test_identical_images_and_constant_columns_give_the_class_shares() -> None:
    labels = np.array([0, 0, 0, 1] * 25, dtype=np.int32)
    probabilities = probe.predict(
        np.ones((100, 5), np.float32), labels, 2, (np.arange(100) // 20).astype(np.int8)
    ).probabilities
    np.testing.assert_allclose(probabilities[:, 0], 0.75, atol=0.02)


def test_one_class_is_certain() -> None:
    vectors, _ = blobs(20, 3, 1, 1.0)
    probabilities = probe.predict(vectors, np.zeros(20, np.int32), 1, folds_of(20)).probabilities
    assert (probabilities == 1).all()


@pytest.mark.parametrize("labels", [[-1, -1, -1, -1], [0, -1, -1, -1]])
def test_nothing_to_train_on_is_said(labels: list[int]) -> None:
    with pytest.raises(NotAvailableError, match="label more"):
        probe.predict(np.ones((4, 2), np.float32), np.array(labels, np.int32), 1, folds_of(4))


def test_one_image_cannot_be_predicted() -> None:
    with pytest.raises(NotAvailableError):
        probe.predict(np.ones((1, 2), np.float32), np.zeros(1, np.int32), 1, folds_of(1))


def test_two_runs_are_identical() -> None:
    vectors, labels = blobs(300, 20, 5, 2.0)
    runs = [probe.predict(vectors, labels, 5, folds_of(300)).probabilities for _ in range(2)]
    assert runs[0].tobytes() == runs[1].tobytes()


@pytest.mark.gpu
# More than 512 columns are rotated first.
@pytest.mark.parametrize("n_columns", [20, 900])
def test_gpu_and_cpu_agree(n_columns: int) -> None:
    vectors, labels = blobs(400, n_columns, 5, 2.0)
    on_gpu = probe.predict(vectors, labels, 5, folds_of(400), device="cuda").probabilities
    np.testing.assert_allclose(on_gpu, probe.predict(vectors, labels, 5, folds_of(400)).probabilities, atol=5e-3)


@pytest.mark.gpu
def test_gpu_and_cpu_agree_on_soft_labels_and_kept_weights() -> None:
    vectors, labels = blobs(400, 20, 5, 2.0)
    soft = (0.9 * np.eye(5)[labels] + 0.02).astype(np.float32)
    found = [
        probe.predict(vectors, labels, 5, folds_of(400), soft_labels=soft, device=device).probabilities
        for device in ("cpu", "cuda")
    ]
    np.testing.assert_allclose(found[0], found[1], atol=5e-3)
    kept = [fit(vectors, labels, 5, 0.1, device=device).predict(vectors) for device in ("cpu", "cuda")]
    np.testing.assert_allclose(kept[0], kept[1], atol=5e-3)


def test_pytorchs_compiler_is_not_loaded() -> None:
    program = "import sys, numpy as np; from datadoctor.stages.predictions import probe; x = np.random.default_rng(0).random((40, 3))\n"
    program += (
        "probe.predict(np.float32(x), np.arange(40, dtype=np.int32) % 2, 2, (np.arange(40) // 8).astype(np.int8))\n"
    )
    program += "print('torch._dynamo' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
