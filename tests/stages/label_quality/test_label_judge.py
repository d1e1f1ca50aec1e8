import numpy as np
import pytest

from datadoctor.stages.index import Neighbours
from datadoctor.stages.label_quality import ErrorRate, LabelQuality
from datadoctor.stages.label_quality.label_judge import LabelJudge, SeenBy, _frozen, distil
from datadoctor.stages.predictions import FittedProbe, FittedSquares, squares
from datadoctor.stages.predictions.fitted import fit
from datadoctor.stages.predictions.probe import predict

N, K = 90, 3


def base() -> tuple[np.ndarray, np.ndarray]:
    """Vectors around three corners, and their classes."""
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(K, dtype=np.int32), N // K)
    vectors = np.eye(K, 8, dtype=np.float32)[labels] + rng.normal(0, 0.1, (N, 8)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True), labels


def judge(high: float = 0.02) -> tuple[LabelJudge, np.ndarray, np.ndarray]:
    vectors, labels = base()
    cosines = vectors @ vectors.T
    np.fill_diagonal(cosines, -np.inf)
    rows = np.argsort(-cosines, axis=1)[:, :10]
    neighbours = Neighbours(rows.astype(np.int32), np.take_along_axis(cosines, rows, axis=1), "exact", 1.0)
    beliefs = np.full((N, K), 0.01, np.float32)
    beliefs[np.arange(N), labels] = 0.98
    nothing = np.zeros(N, np.float32)
    quality = LabelQuality(
        scores=nothing, p_mislabel=nothing, suggested=labels, flagged=nothing > 0, kinds=("",) * N, judged=nothing == 0,
        self_confidence=nothing, neighbour_agreement=nothing, views={}, posterior=beliefs,
        error_rate=ErrorRate(0.0, 0.0, high, True), expected_errors=nothing, choices={"threshold": 0.5},
    )  # fmt: skip
    folds = np.arange(N, dtype=np.int8) % 5
    seen = {"own filters": SeenBy(vectors, predict(vectors, labels, K, folds))}
    found = distil(labels, "abc", quality, neighbours, np.arange(N, dtype=np.int32), seen)
    return found, vectors, labels


def judged(found: LabelJudge, queries: np.ndarray, labels: np.ndarray, vectors: np.ndarray) -> LabelQuality:
    cosines = queries @ vectors.T
    near = np.argsort(-cosines, axis=1)[:, 1:11]
    opinions = found.opinions({"own filters": queries}, near, np.take_along_axis(cosines, near, axis=1))
    return found.judge(found.pooled(opinions), labels, np.ones(len(queries), np.float32), opinions)


def test_a_fitted_probe_predicts_what_it_was_shown_and_comes_back_the_same() -> None:
    vectors, labels = base()
    probe = fit(vectors, labels, K, 0.01)
    assert (probe.predict(vectors).argmax(axis=1) == labels).all()
    np.testing.assert_allclose(probe.predict(vectors).sum(axis=1), 1, rtol=1e-5)
    again = fit(vectors, labels, K, 0.01)
    assert isinstance(again, FittedProbe)
    np.testing.assert_array_equal(probe.weights, again.weights)


def test_a_probe_of_squares_is_kept_as_one() -> None:
    vectors, labels = base()
    held_out = squares.predict(vectors, labels, K, np.arange(N, dtype=np.int8) % 5)
    beliefs = np.full((N, K), 0.01, np.float32)
    beliefs[np.arange(N), (labels + 1) % K] = 0.98
    assert held_out.link is not None
    kept = squares.fit(vectors, labels, K, held_out.penalty or 1.0, held_out.link, soft_labels=beliefs)
    found = _frozen(SeenBy(vectors, held_out), labels, K, beliefs, "cpu")
    assert isinstance(found, FittedSquares)
    np.testing.assert_array_equal(found.predict(vectors), kept.predict(vectors))
    # It learnt what is believed, not what was given.
    assert (found.predict(vectors).argmax(axis=1) == (labels + 1) % K).all()


def test_a_clean_base_does_not_make_the_judge_believe_every_label() -> None:
    found, vectors, labels = judge(high=0.0)
    some = np.array([0, 40, 80])
    assert not judged(found, vectors[some], labels[some], vectors).flagged.any()
    wrong = judged(found, vectors[some], (labels[some] + 1) % K, vectors)
    assert wrong.flagged.all()
    assert wrong.suggested.tolist() == labels[some].tolist()
    assert found.share == pytest.approx(1 / (N + 2))


def test_the_probability_is_that_of_bayes_rule() -> None:
    found, _, _ = judge(high=0.2)
    assert found.share == pytest.approx(0.1)
    fused = np.array([[0.7, 0.2, 0.1]], np.float32)
    for label in range(K):
        p = float(fused[0, label])
        mistaken, right = 0.1 * (1 - p) / (K - 1), 0.9 * p
        quality = found.judge(fused, np.array([label], np.int32), np.ones(1, np.float32), {})
        assert quality.scores[0] == pytest.approx(mistaken / (mistaken + right), rel=1e-5)
        assert bool(quality.flagged[0]) == (label != 0 and mistaken > right)


def test_what_is_judged_does_not_depend_on_what_else_is_judged() -> None:
    found, vectors, labels = judge()
    rows = np.arange(0, N, 7)
    whole = judged(found, vectors[rows], labels[rows], vectors)
    one = judged(found, vectors[rows[3:4]], labels[rows[3:4]], vectors)
    assert one.scores[0] == pytest.approx(whole.scores[3], rel=1e-4)


def test_a_new_class_and_a_missing_label_are_not_judged() -> None:
    found, vectors, _ = judge()
    quality = judged(found, vectors[:2], np.array([-1, -1], np.int32), vectors)
    assert not quality.judged.any()
    assert not quality.flagged.any()


def test_without_neighbours_the_probes_judge_alone() -> None:
    found, vectors, labels = judge()
    near, cosines = np.full((2, 3), -1), np.full((2, 3), -np.inf, np.float32)
    opinions = found.opinions({"own filters": vectors[:2]}, near, cosines)
    assert np.isfinite(opinions["neighbours"]).all()
    assert (found.pooled(opinions).argmax(axis=1) == labels[:2]).all()
