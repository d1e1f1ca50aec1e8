"""Views are weighed by what they know."""

import numpy as np
import pytest

from datadoctor.stages.label_quality import fusion


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
