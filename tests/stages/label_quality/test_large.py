"""Streamed judgement: the same answers as in memory, from a file."""

from pathlib import Path

import numpy as np
import pytest

from datadoctor.stages.label_quality import large, transition
from datadoctor.stages.label_quality.judge import judge
from datadoctor.stages.label_quality.views import View
from tests.stages.label_quality.planted import planted


@pytest.mark.parametrize("chunk", [2**22, 64])
def test_same_answers_as_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    data = planted(900, k=6, spread=1.0)
    labels = data.labels.copy()
    labels[:7] = -1
    probabilities = data.view(labels).probabilities
    np.save(tmp_path / "p.npy", probabilities)
    expected = judge(labels, data.classes, [View("given", probabilities)])
    monkeypatch.setattr(transition, "CHUNK_VALUES", chunk)
    mapped = np.load(tmp_path / "p.npy", mmap_mode="r")
    streamed = large.judge(mapped, labels, data.classes)
    np.testing.assert_allclose(streamed.scores, expected.scores, atol=1e-6)
    np.testing.assert_allclose(streamed.p_mislabel, expected.p_mislabel, atol=1e-6)
    assert (streamed.flagged == expected.flagged).all()
    assert (streamed.judged == expected.judged).all()
    assert streamed.error_rate.estimate == pytest.approx(expected.error_rate.estimate, abs=1e-6)
    judged = np.flatnonzero(expected.judged)
    np.testing.assert_array_equal(streamed.top[judged, 0], expected.posterior[judged].argmax(axis=1))
    np.testing.assert_allclose(streamed.top_probabilities[judged, 0], expected.posterior[judged].max(axis=1), atol=1e-5)
