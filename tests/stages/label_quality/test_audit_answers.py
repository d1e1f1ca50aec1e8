"""Answers by hand recalibrate; files that are not answers to this dataset are refused."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from datadoctor.errors import DataDoctorError
from datadoctor.stages.label_quality import ErrorRate, LabelQuality
from datadoctor.stages.label_quality.audit_answers import recalibrated
from tests.checks.make import dataset_of

N = 200


def quality() -> LabelQuality:
    """Every second label is said to be wrong with probability 0.6, the others with 0.1."""
    p = np.where(np.arange(N) % 2 == 0, 0.6, 0.1).astype(np.float32)
    ones = np.ones(N, np.float32)
    return LabelQuality(
        scores=p,
        p_mislabel=p,
        suggested=np.ones(N, np.int32),
        flagged=p > 0.5,
        kinds=tuple("relabel" if value > 0.5 else "" for value in p),
        judged=np.ones(N, bool),
        self_confidence=ones - p,
        neighbour_agreement=ones,
        views={},
        posterior=np.stack([ones - p, p], axis=1),
        error_rate=ErrorRate(0.35, 0.1, 0.8, False),
        expected_errors=np.cumsum(p),
        choices={"threshold": 0.5},
    )


def answers(tmp_path: Path, lines: list[str]) -> Path:
    file = tmp_path / "answers.csv"
    file.write_text("path,given_label,true_label,note\n" + "\n".join(lines) + "\n")
    return file


def test_an_audit_that_finds_no_errors_lowers_the_rate_and_makes_it_identifiable(tmp_path: Path) -> None:
    file = answers(tmp_path, [f"{row:04d}.png,a,a," for row in range(100)])
    found = recalibrated(quality(), dataset_of(N), file)
    assert found.error_rate.identifiable
    assert found.error_rate.high < 0.15
    assert not found.flagged[:100].any()


def test_an_audit_that_finds_errors_flags_them(tmp_path: Path) -> None:
    file = answers(tmp_path, [f"{row:04d}.png,a,{'b' if row % 2 == 0 else 'a'}," for row in range(100)])
    found = recalibrated(quality(), dataset_of(N), file)
    assert found.error_rate.low <= 0.5 <= found.error_rate.high
    assert found.flagged[0:100:2].all()


def test_what_the_reviewer_wrote_is_suggested_and_flags_never_suggest_the_given_label(tmp_path: Path) -> None:
    unsure = replace(quality(), suggested=np.zeros(N, np.int32))
    seen = [f"{row:04d}.png,a,{'b' if row % 2 == 0 else 'a'}," for row in range(60)] + ["0060.png,a,unheard of,"]
    data = dataset_of(N)
    found = recalibrated(unsure, data, answers(tmp_path, seen))
    assert (found.suggested[0:60:2] == 1).all()
    assert (found.suggested[1:60:2] == 0).all()
    assert found.flagged[60:].sum() > 60
    assert (found.suggested[found.flagged] != data.labels[found.flagged]).all()


@pytest.mark.parametrize(
    ("lines", "said"),
    [(["0000.png,a,,"], "no answers"), (["none.png,a,b,"], "not an image"), (["0000.png,b,a,"], "labelled 'a' now")],
)
def test_useless_answers_are_refused(tmp_path: Path, lines: list[str], said: str) -> None:
    with pytest.raises(DataDoctorError, match=said):
        recalibrated(quality(), dataset_of(N), answers(tmp_path, lines))


def test_a_file_without_the_columns_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_text("a,b\n1,2\n")
    with pytest.raises(DataDoctorError, match="no column 'path'; it needs the columns"):
        recalibrated(quality(), replace(dataset_of(N)), file)
