"""Views of probes: fitted again on soft labels, and weighed by what they know."""

import numpy as np
import pytest

from datadoctor.artifacts.label_quality import fusion
from datadoctor.artifacts.label_quality.views import of_probe
from datadoctor.artifacts.predictions import probe


def test_a_refit_takes_the_penalty_that_suits_soft_labels() -> None:
    random = np.random.default_rng(0)
    truth = random.integers(0, 3, 600).astype(np.int32)
    vectors = (random.normal(size=(3, 30))[truth] + random.normal(size=(600, 30))).astype(np.float32)
    wrong = random.random(600) < 0.4
    labels = np.where(wrong, (truth + random.integers(1, 3, 600)) % 3, truth).astype(np.int32)
    folds = (np.arange(600) % 5).astype(np.int8)
    given = probe.predict(vectors, labels, 3, folds)
    believed = np.eye(3, dtype=np.float32)[truth]
    view = of_probe("network", given, vectors, labels)
    assert view.refit is not None
    again = view.refit(believed)
    assert given.penalty is not None
    stuck = probe.predict(vectors, labels, 3, folds, soft_labels=believed, penalties=(given.penalty,)).probabilities

    def loss(p: np.ndarray) -> float:
        return float(-np.log(p[np.arange(600), truth]).mean())

    assert loss(again) < 0.8 * loss(stuck)


def test_no_stronger_penalties() -> None:
    assert probe.no_stronger(1e-4) == pytest.approx((1e-4, 10**-4.5, 1e-5))
    assert probe.no_stronger(0.5)[:2] == (0.5, probe.PENALTIES[3])
    assert probe.no_stronger(probe.PENALTIES[-1]) == probe.PENALTIES[-1:]


def test_useless_and_repeated_views_do_no_harm() -> None:
    random = np.random.default_rng(1)
    n, k = 4000, 5
    truth = random.integers(0, k, n)
    logits = 3 * np.eye(k)[truth] + random.normal(size=(n, k)) * 1.5
    good = (np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)).astype(np.float32)
    noise = [random.dirichlet(np.full(k, 0.3), n).astype(np.float32) for _ in range(3)]
    labels, rows = truth.astype(np.int32), np.arange(n)
    alone = fusion.fit([good], labels, rows)
    fused = fusion.fit([good, *noise, good], labels, rows)
    assert max(fused.weights[1:4]) < 0.02
    assert fused.weights[0] + fused.weights[4] == pytest.approx(alone.weights[0], rel=0.02)
    np.testing.assert_allclose(fused[rows], alone[rows], atol=0.05)
