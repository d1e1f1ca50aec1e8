"""The audit sample: what is drawn, and what its answers change."""

import numpy as np
import pytest

from datadoctor.errors import DataDoctorError
from datadoctor.stages.label_quality import audit_sample
from datadoctor.stages.label_quality.judge import judge
from tests.stages.label_quality.planted import planted

DATA = planted(1500, k=4, spread=1.3, rate=0.15)
QUALITY = judge(DATA.labels, DATA.classes, [DATA.view()])


def test_the_sample_is_stratified_and_repeatable() -> None:
    rows = audit_sample.draw(QUALITY, 100)
    assert len(rows) == 100 == len(set(rows.tolist()))
    assert rows.tolist() == audit_sample.draw(QUALITY, 100).tolist()
    assert rows.tolist() != audit_sample.draw(QUALITY, 100, seed=1).tolist()
    p = QUALITY.p_mislabel[rows]
    uncertain = (p > 0.05) & (p < 0.95)
    assert uncertain.mean() > ((QUALITY.p_mislabel > 0.05) & (QUALITY.p_mislabel < 0.95)).mean()
    assert (p < 0.05).any()


@pytest.mark.parametrize("size", [1, 5, 1500, 9999])
def test_any_size_is_never_exceeded(size: int) -> None:
    assert len(audit_sample.draw(QUALITY, size)) == min(size, 1500)


def test_true_answers_give_an_interval_that_holds_the_truth() -> None:
    held = 0
    for seed in range(10):
        rows = audit_sample.draw(QUALITY, 150, seed)
        rate = audit_sample.recalibrate(QUALITY, DATA.labels, rows, DATA.wrong[rows]).error_rate
        held += rate.low <= DATA.wrong.mean() <= rate.high
        assert rate.identifiable
    assert held >= 9


def test_answers_that_all_say_right_take_the_flags_away() -> None:
    rows = audit_sample.draw(QUALITY, 300)
    after = audit_sample.recalibrate(QUALITY, DATA.labels, rows, np.zeros(len(rows), bool))
    assert after.error_rate.estimate < 0.25 * QUALITY.error_rate.estimate
    assert after.p_mislabel.sum() < 0.25 * QUALITY.p_mislabel.sum()
    assert (after.p_mislabel[rows] == 0).all()
    assert not after.flagged[rows].any()


def test_an_item_found_wrong_is_flagged_for_certain() -> None:
    row = np.array([int(QUALITY.scores.argmin())])
    after = audit_sample.recalibrate(QUALITY, DATA.labels, row, np.array([True]))
    assert after.p_mislabel[row[0]] == 1
    assert after.flagged[row[0]]
    assert after.kinds[row[0]] == "unsure"


def test_answers_for_unjudged_items_are_refused() -> None:
    labels = DATA.labels.copy()
    labels[0] = -1
    quality = judge(labels, DATA.classes, [DATA.view(labels)])
    with pytest.raises(DataDoctorError, match="not judged"):
        audit_sample.recalibrate(quality, labels, np.array([0]), np.array([True]))
