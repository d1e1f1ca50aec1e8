"""Figures of merit against hand-computed values."""

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from datadoctor.comparison.evaluation import DuplicateQuality, evaluate, ranking_quality
from datadoctor.errors import DataDoctorError
from datadoctor.run import Run
from tests.run_tables import whole_duplicates, whole_items, whole_summary

WRONG = np.array([True, False, True, False])


def test_a_perfect_score_is_perfect() -> None:
    figures = ranking_quality("x", WRONG, np.array([0.9, 0.1, 0.8, 0.2]), WRONG)
    assert (figures.auroc, figures.average_precision) == (1.0, 1.0)
    assert (figures.precision, figures.recall, figures.f1) == (1.0, 1.0, 1.0)


def test_figures_by_hand() -> None:
    figures = ranking_quality("x", WRONG, np.array([0.9, 0.8, 0.7, 0.1]), np.array([True, True, False, False]))
    assert figures.auroc == pytest.approx(3 / 4)
    assert figures.average_precision == pytest.approx((1 / 1 + 2 / 3) / 2)
    assert (figures.precision, figures.recall, figures.f1) == (0.5, 0.5, 0.5)
    assert math.isnan(figures.precision_at_100)


def test_precision_at_depth_breaks_ties_by_row() -> None:
    wrong = np.arange(200) < 50
    figures = ranking_quality("x", wrong, np.zeros(200), np.zeros(200, bool))
    assert figures.precision_at_100 == 0.5


def run_with(tmp_path: Path) -> Run:
    items = pd.DataFrame(
        {
            "path": ["a.png", "b.png", "c.png", "d.png"],
            "row": [0, 1, 2, 3],
            "judged": [True, True, True, False],
            "given_label": ["x", "y", "x", ""],
            "mislabel_score": [0.9, 0.1, 0.2, np.nan],
            "p_mislabel": [0.9, 0.1, 0.2, np.nan],
            "flagged": [True, False, False, False],
        }
    )
    whole_items(items).to_parquet(tmp_path / "items.parquet")
    pairs = pd.DataFrame({"path_a": ["a.png"], "path_b": ["b.png"], "score": [0.8], "set_id": [0]})
    whole_duplicates(pairs).to_parquet(tmp_path / "duplicates.parquet")
    dataset = whole_summary()["dataset"] | {"classes": 2, "class_counts": {"x": 2, "y": 1}}
    (tmp_path / "summary.json").write_text(json.dumps(whole_summary(dataset=dataset)))
    (tmp_path / "artifacts").mkdir()
    probabilities = np.array([[0.1, 0.9], [0.2, 0.8], [0.7, 0.3], [0.5, 0.5]], dtype=np.float32)
    np.save(tmp_path / "artifacts" / "pred_probs.npy", probabilities)
    return Run(tmp_path)


def truth_file(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "truth.csv"
    file.write_text(text)
    return file


def test_mislabels_are_scored_beside_cleanlab(tmp_path: Path) -> None:
    truth = truth_file(tmp_path, "path,true_label\na.png,y\nb.png,y\nc.png,x\nd.png,x\n")
    rows = evaluate(run_with(tmp_path), truth)
    assert isinstance(rows, list)
    by_name = {row.method: row for row in rows}
    assert by_name["datadoctor"].f1 == 1.0
    assert by_name["argmax differs from label"].f1 == 1.0
    assert by_name["cleanlab self_confidence"].average_precision == 1.0


def test_duplicates_count_judged_pairs_only(tmp_path: Path) -> None:
    truth = truth_file(tmp_path, "path_a,path_b,judgment\nb.png,a.png,1\na.png,c.png,0\nb.png,c.png,3\nc.png,d.png,2\n")
    quality = evaluate(run_with(tmp_path), truth)
    assert isinstance(quality, DuplicateQuality)
    assert (quality.judged_same, quality.judged_different, quality.found_same, quality.found_different) == (2, 1, 1, 0)
    assert quality.recall == 0.5
    assert quality.average_precision == pytest.approx((1 + 2 / 3) / 2)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("path,other\na.png,x\n", "true_label"),
        ("path,true_label\nz.png,x\n", "none of its paths"),
        ("", "needs a column 'path'"),
    ],
)
def test_useless_truth_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(DataDoctorError, match=said):
        evaluate(run_with(tmp_path), truth_file(tmp_path, text))
