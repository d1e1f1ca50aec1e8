import numpy as np

from datadoctor.artifacts.index import Neighbours
from datadoctor.artifacts.label_quality import ErrorRate, LabelQuality
from datadoctor.artifacts.predictions.fitted import FittedProbe, fit
from datadoctor.outputs.gate.label_judge import LabelJudge, distil

N, K = 90, 3


def base() -> tuple[np.ndarray, np.ndarray]:
    """Vectors around three corners, and their classes."""
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(K, dtype=np.int32), N // K)
    vectors = np.eye(K, 8, dtype=np.float32)[labels] + rng.normal(0, 0.1, (N, 8)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True), labels


def judge() -> tuple[LabelJudge, np.ndarray, np.ndarray]:
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
        error_rate=ErrorRate(0.0, 0.0, 0.0, True), expected_errors=nothing, choices={"threshold": 0.5},
    )  # fmt: skip
    probe = fit(vectors, labels, K, 0.01, soft_labels=beliefs)
    found = distil(labels, "abc", quality, neighbours, np.arange(N, dtype=np.int32), [probe], [probe.predict(vectors)])
    return found, vectors, labels


def test_a_fitted_probe_predicts_what_it_was_shown_and_comes_back_the_same() -> None:
    vectors, labels = base()
    probe = fit(vectors, labels, K, 0.01)
    assert (probe.predict(vectors).argmax(axis=1) == labels).all()
    np.testing.assert_allclose(probe.predict(vectors).sum(axis=1), 1, rtol=1e-5)
    again = fit(vectors, labels, K, 0.01)
    assert isinstance(again, FittedProbe)
    np.testing.assert_array_equal(probe.weights, again.weights)


def test_a_clean_base_does_not_make_the_judge_believe_every_label() -> None:
    found, vectors, labels = judge()
    queries = vectors[[0, 40, 80]]
    cosines = queries @ vectors.T
    near = np.argsort(-cosines, axis=1)[:, 1:11]
    fused = found.seen([queries], near, np.take_along_axis(cosines, near, axis=1))
    agreement = np.ones(3, np.float32)
    assert not found.judge(fused, labels[[0, 40, 80]], agreement).flagged.any()
    wrong = found.judge(fused, (labels[[0, 40, 80]] + 1) % K, agreement)
    assert wrong.flagged.all()
    assert wrong.suggested.tolist() == labels[[0, 40, 80]].tolist()


def test_what_is_judged_does_not_depend_on_what_else_is_judged() -> None:
    found, _, labels = judge()
    rows = np.arange(0, N, 7)
    fused = found.believed(rows)
    whole = found.judge(fused, labels[rows], np.ones(len(rows), np.float32))
    one = found.judge(fused[3:4], labels[rows[3:4]], np.ones(1, np.float32))
    assert one.scores[0] == whole.scores[3]


def test_a_new_class_and_a_missing_label_are_not_judged() -> None:
    found, _, _ = judge()
    quality = found.judge(found.believed(np.array([0, 1])), np.array([-1, -1], np.int32), np.zeros(2, np.float32))
    assert not quality.judged.any()
    assert not quality.flagged.any()
