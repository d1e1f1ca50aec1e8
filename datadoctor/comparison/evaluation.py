"""How well a run found what is known to be wrong: against true labels, and against judged duplicate pairs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from datadoctor.errors import DataDoctorError
from datadoctor.run import Run
from datadoctor.tables import read_table

if TYPE_CHECKING:
    import pandas as pd

TRUE_LABEL_COLUMNS = ("true_label", "clean_label", "label")
CLEANLAB_SCORES = ("self_confidence", "normalized_margin")
CLEANLAB_FILTERS = (
    "prune_by_noise_rate",
    "prune_by_class",
    "both",
    "confident_learning",
    "predicted_neq_given",
    "low_normalized_margin",
    "low_self_confidence",
)


@dataclass(frozen=True, slots=True)
class RankingQuality:
    """A score against truth; every figure is in [0, 1], larger is better, NaN where it does not apply.

    ``auroc`` and ``average_precision`` of "this is wrong" over all judged items, ``precision_at`` the first 100 and 500 of the
    queue; ``precision``, ``recall`` and ``f1`` of the method's own threshold.
    """

    method: str
    auroc: float
    average_precision: float
    precision_at_100: float
    precision_at_500: float
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, slots=True)
class DuplicateQuality:
    """Found pairs against judged ones (0 exact and 1 near are duplicates, 3 is not, others are not counted).

    ``recall``: share of judged duplicates found. ``joined_different``: share of judged-different pairs reported.
    ``average_precision``: over judged pairs, ranked by the run's score (pairs not reported score 0).
    """

    judged_same: int
    judged_different: int
    found_same: int
    found_different: int
    recall: float
    joined_different: float
    average_precision: float


def evaluate(run: Run, truth: Path, column: str | None = None) -> list[RankingQuality] | DuplicateQuality:
    """Score ``run`` against a CSV of true labels (``path`` and a label column) or of judged pairs (``path_a, path_b, judgment``).

    Raises ``DataDoctorError`` when the file has neither, or when none of its paths is in the run.
    """
    import pandas as pd

    table = pd.DataFrame(read_table(truth, "truth").whole().columns, dtype=str)
    if {"path_a", "path_b", "judgment"} <= set(table.columns):
        return _evaluate_duplicates(run, table, truth)
    return _evaluate_mislabels(run, table, truth, column)


def _evaluate_mislabels(run: Run, table: pd.DataFrame, truth: Path, column: str | None) -> list[RankingQuality]:
    items = run.items[run.items["judged"]].reset_index(drop=True)
    true_label = items["path"].map(_true_labels(table, truth, column))
    known = true_label.notna() & (true_label != "")
    if not known.any():
        raise DataDoctorError(
            f"{truth}: none of its paths is a judged image of {run.path}; are paths relative to the source?"
        )
    items, true_label = items[known], true_label[known]
    wrong = (items["given_label"] != true_label).to_numpy()
    ours = ranking_quality(
        "datadoctor", wrong, items["mislabel_score"].to_numpy(np.float64), items["flagged"].to_numpy(bool)
    )
    labels = run.class_numbers(items["given_label"])
    probabilities = np.asarray(run.array("pred_probs"), dtype=np.float64)[items["row"].to_numpy()]
    return [ours, *cleanlab_quality(labels, probabilities, wrong)]


def _true_labels(table: pd.DataFrame, truth: Path, column: str | None) -> dict[str, str]:
    wanted = (column,) if column else TRUE_LABEL_COLUMNS
    found = next((name for name in wanted if name in table.columns), None)
    if "path" not in table.columns or found is None:
        raise DataDoctorError(
            f"{truth}: needs a column 'path' and one of {', '.join(wanted)} (or path_a, path_b, judgment); "
            f"it has {', '.join(table.columns)}; name the column with --truth-column"
        )
    return dict(zip(table["path"], table[found], strict=True))


def cleanlab_quality(
    labels: NDArray[np.int64], probabilities: NDArray[np.float64], wrong: NDArray[np.bool_]
) -> list[RankingQuality]:
    """cleanlab's scores and filters on the same out-of-sample probabilities, then plain "argmax differs from the label".

    ``labels`` (n,) int; ``probabilities`` (n, K); ``wrong`` (n,) bool truth. Classes nobody is labelled with are left out for
    cleanlab, which requires every class to occur.
    """
    from cleanlab.filter import find_label_issues
    from cleanlab.rank import get_label_quality_scores

    present = np.unique(labels)
    compact = np.searchsorted(present, labels)
    narrowed = probabilities[:, present]
    narrowed = narrowed / np.maximum(narrowed.sum(axis=1, keepdims=True), np.finfo(np.float64).tiny)
    unflagged = np.zeros(len(wrong), dtype=bool)
    scores = {name: 1 - get_label_quality_scores(compact, narrowed, method=name) for name in CLEANLAB_SCORES}
    rows = [ranking_quality(f"cleanlab {name}", wrong, score, unflagged) for name, score in scores.items()]
    for name in CLEANLAB_FILTERS:
        flagged = find_label_issues(compact, narrowed, filter_by=name, n_jobs=1)
        rows.append(ranking_quality(f"cleanlab {name}", wrong, None, np.asarray(flagged, dtype=bool)))
    differs = probabilities.argmax(axis=1) != labels
    return [*rows, ranking_quality("argmax differs from label", wrong, None, differs)]


def ranking_quality(
    method: str, wrong: NDArray[np.bool_], score: NDArray[np.float64] | None, flagged: NDArray[np.bool_]
) -> RankingQuality:
    """Figures of one method; a filter has no score and keeps NaN for the ranking figures."""
    from sklearn.metrics import average_precision_score, roc_auc_score

    both = bool(wrong.any()) and not bool(wrong.all())
    auroc = float(roc_auc_score(wrong, score)) if both and score is not None else float("nan")
    ap = float(average_precision_score(wrong, score)) if wrong.any() and score is not None else float("nan")
    hits, called, total = int((flagged & wrong).sum()), int(flagged.sum()), int(wrong.sum())
    precision = hits / called if called else float("nan")
    recall = hits / total if total and called else float("nan")
    f1 = 2 * hits / (called + total) if called else float("nan")
    at = _precision_at(wrong, score)
    return RankingQuality(method, auroc, ap, at(100), at(500), precision, recall, f1)


def _precision_at(wrong: NDArray[np.bool_], score: NDArray[np.float64] | None) -> Callable[[int], float]:
    def at(depth: int) -> float:
        if score is None or len(wrong) < depth:
            return float("nan")
        first = np.lexsort((np.arange(len(score)), -score))[:depth]
        return float(wrong[first].mean())

    return at


def _evaluate_duplicates(run: Run, table: pd.DataFrame, truth: Path) -> DuplicateQuality:
    from sklearn.metrics import average_precision_score

    judged = table[table["judgment"].isin(["0", "1", "3"])]
    known = judged["path_a"].isin(run.items["path"]) & judged["path_b"].isin(run.items["path"])
    judged = judged[known]
    if judged.empty:
        raise DataDoctorError(f"{truth}: none of its judged pairs is in {run.path}; are paths relative to the source?")
    score = np.array(_pair_scores(run, judged))
    same = judged["judgment"].isin(["0", "1"]).to_numpy()
    n_same, n_different = int(same.sum()), int((~same).sum())
    hits, wrong = int((score[same] > 0).sum()), int((score[~same] > 0).sum())
    return DuplicateQuality(
        judged_same=n_same,
        judged_different=n_different,
        found_same=hits,
        found_different=wrong,
        recall=hits / n_same if n_same else float("nan"),
        joined_different=wrong / n_different if n_different else float("nan"),
        average_precision=float(average_precision_score(same, score)) if n_same else float("nan"),
    )


def _pair_scores(run: Run, judged: pd.DataFrame) -> list[float]:
    """The run's score of each judged pair: its own, that of its set's weakest pair if only the set joins them, else 0."""
    table = run.duplicates
    own = {
        frozenset(pair): score for *pair, score in zip(table["path_a"], table["path_b"], table["score"], strict=True)
    }
    weakest = table.groupby("set_id")["score"].min()
    sets = {
        path: number for side in ("path_a", "path_b") for path, number in zip(table[side], table["set_id"], strict=True)
    }

    def score(a: str, b: str) -> float:
        joined = a in sets and sets[a] == sets.get(b)
        return float(own.get(frozenset((a, b)), weakest[sets[a]] if joined else 0.0))

    return [score(a, b) for a, b in zip(judged["path_a"], judged["path_b"], strict=True)]
