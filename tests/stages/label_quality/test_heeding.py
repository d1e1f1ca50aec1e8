"""Answers heeded: what is known is certain, others are judged better, and what is left after a partial correction is not underestimated."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from datadoctor.stages.known import taught
from datadoctor.stages.label_quality import LabelQuality
from datadoctor.stages.label_quality.heeding import correction
from datadoctor.stages.label_quality.judge import judge
from tests.stages.label_quality.planted import Planted, planted

NOBODY = np.int32(-1)


def judged(data: Planted, known: NDArray[np.int32]) -> LabelQuality:
    """The judgement with answers, as the stages make it: views learn from what is known, the noise from what was given."""
    return judge(
        data.labels, data.classes, [data.view(taught(data.labels, known))], neighbours=data.neighbours(), known=known
    )


def looked(data: Planted, quality: LabelQuality, known: NDArray[np.int32], many: int) -> NDArray[np.int32]:
    """The answers after ``many`` more looks at the worst ones that nobody looked at; the truth is the reviewer."""
    order = np.argsort(-quality.scores, kind="stable")
    now = order[known[order] < 0][:many]
    again = known.copy()
    again[now] = data.truth[now]
    return again


@pytest.fixture(scope="module")
def hard() -> Planted:
    return planted(n=1500, k=6, spread=1.3, rate=0.25, seed=3)


@pytest.fixture(scope="module")
def before(hard: Planted) -> LabelQuality:
    return judged(hard, np.full(len(hard.labels), NOBODY))


def test_without_answers_nothing_changes(hard: Planted, before: LabelQuality) -> None:
    plain = judge(hard.labels, hard.classes, [hard.view()], neighbours=hard.neighbours())
    assert (plain.scores == before.scores).all()
    assert (plain.p_mislabel == before.p_mislabel).all()


def test_what_is_known_is_certain(hard: Planted, before: LabelQuality) -> None:
    known = looked(hard, before, np.full(len(hard.labels), NOBODY), 150)
    after = judged(hard, known)
    told = known >= 0
    assert (after.p_mislabel[told] == hard.wrong[told]).all()
    assert (after.flagged[told] == hard.wrong[told]).all()
    assert (after.suggested[told] == hard.truth[told]).all()


def test_looks_that_heed_answers_are_not_behind_the_fixed_queue(hard: Planted, before: LabelQuality) -> None:
    known, quality = np.full(len(hard.labels), NOBODY), before
    fixed = np.argsort(-before.scores, kind="stable")
    for looks in (100, 200, 300, 400):
        known = looked(hard, quality, known, 100)
        quality = judged(hard, known)
        met, met_before = int(hard.wrong[known >= 0].sum()), int(hard.wrong[fixed[:looks]].sum())
        assert met >= 0.97 * met_before, looks


def test_a_partial_correction_does_not_hide_what_is_left(hard: Planted, before: LabelQuality) -> None:
    known = looked(hard, before, np.full(len(hard.labels), NOBODY), 300)
    left = hard.wrong & (known < 0)
    heeding = judged(hard, known)
    says = float(heeding.p_mislabel[known < 0].sum())
    corrected = Planted(hard.vectors, taught(hard.labels, known), hard.truth)
    anew = judge(corrected.labels, corrected.classes, [corrected.view()], neighbours=corrected.neighbours())
    said_anew = float(anew.p_mislabel.sum())
    assert abs(says - left.sum()) < abs(said_anew - left.sum()), (says, said_anew, left.sum())
    assert heeding.error_rate.low <= hard.wrong.mean() <= heeding.error_rate.high


def test_a_class_that_is_better_than_thought_is_learnt_from_its_answers() -> None:
    random = np.random.default_rng(0)
    group = random.integers(0, 2, 4000)
    p = random.uniform(0.05, 0.95, 4000).astype(np.float32)
    wrong = (random.random(4000) < p) & (group == 0)
    features = np.stack([np.ones(4000), group == 0, group == 1], axis=1).astype(np.float64)
    answered = random.choice(4000, 300, replace=False)
    found = correction(p, features, answered, wrong[answered])
    assert found.width > 0
    assert found.log_odds[group == 1].mean() < -1
    assert abs(found.log_odds[group == 0].mean()) < 0.5


@pytest.mark.parametrize("seed", range(5))
def test_answers_that_were_expected_change_little(seed: int) -> None:
    random = np.random.default_rng(seed)
    p = random.beta(0.5, 0.5, 3000).astype(np.float32)
    wrong = random.random(3000) < p
    features = np.concatenate(
        [np.ones((3000, 1)), random.normal(size=(3000, 3)), np.eye(10)[random.integers(0, 10, 3000)]], axis=1
    )
    found = correction(p, features, np.arange(400), wrong[:400])
    log_odds = np.log(np.clip(p, 1e-6, None) / np.clip(1 - p, 1e-6, None)) + found.log_odds
    after = 1 / (1 + np.exp(-log_odds))
    assert abs(after[400:].mean() - wrong[400:].mean()) < 0.04
    assert np.abs(after - p).mean() < 0.03


def test_few_answers_say_nothing_of_others() -> None:
    p = np.full(100, 0.5, dtype=np.float32)
    for answered, wrong in ((np.arange(19), np.arange(19) % 2 == 0), (np.arange(60), np.ones(60, dtype=bool))):
        assert correction(p, np.ones((100, 1)), answered, wrong).width == 0
