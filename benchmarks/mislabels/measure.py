"""The figures of every method on one setting."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score

from benchmarks.mislabels import peers
from benchmarks.mislabels.audits import Audited, audited
from benchmarks.mislabels.peers import Verdict
from benchmarks.mislabels.settings import Setting
from datadoctor.comparison.evaluation import RankingQuality, ranking_quality
from datadoctor.stages.label_quality import ErrorRate, LabelQuality
from datadoctor.stages.label_quality.judge import judge
from datadoctor.stages.label_quality.views import View, of_probe
from datadoctor.stages.predictions import folds, probe, squares
from datadoctor.stages.predictions.stage import FOLDS_OF_LIKENESS

OURS, WITH_TREE = "datadoctor", "datadoctor, tree given"


@dataclass(frozen=True)
class Row:
    """One method on one setting; ``seconds`` without the probabilities it starts from."""

    quality: RankingQuality
    calibration_error: float
    share_flagged: float
    seconds: float
    rate: ErrorRate | None = None
    score: NDArray[np.float64] | None = None
    audited: Audited | None = None


def views_of(setting: Setting, learnt: NDArray[np.int32] | None = None) -> list[View]:
    """The out-of-sample probabilities every method starts from, and our further views.

    ``learnt`` (n,): the labels that they learn from, None for the given ones; the folds are those of the given ones.
    """
    learnt = setting.given if learnt is None else learnt
    if setting.features is None:
        assert setting.probabilities is not None
        return [View("given", setting.probabilities)]
    n = len(setting.given)
    held_out = folds.assign(setting.given, np.arange(n, dtype=np.int32), [f"{row:064d}" for row in range(n)])
    views = []
    features = setting.features
    seen: dict[str, NDArray[np.float32] | NDArray[np.float16]] = {"network": features.network}
    seen |= features.further
    seen["own filters"] = features.own
    for name, vectors in seen.items():
        predictions = probe.predict(vectors, learnt, len(setting.classes), held_out)
        views.append(of_probe(name, predictions, vectors, learnt))
    if features.likeness is not None:
        finely = folds.assign(
            setting.given, np.arange(n, dtype=np.int32), [f"{row:064d}" for row in range(n)], FOLDS_OF_LIKENESS
        )
        predictions = squares.predict(features.likeness, learnt, len(setting.classes), finely)
        views.append(of_probe("network (likeness)", predictions, features.likeness, learnt))
    return views


def rows(setting: Setting, views: list[View]) -> Iterator[Row]:
    """Ours, then every peer on the first view and on the embedding."""
    wrong = setting.given != setting.true
    yield _ours(OURS, setting, views, wrong)
    if setting.tree is not None:
        yield _ours(WITH_TREE, setting, views, wrong)
    others = peers.on_probabilities(setting.given, views[0].probabilities.astype(np.float64))
    if setting.features is not None:
        others |= peers.on_features(setting.given, setting.features, len(setting.classes))
    for name, peer in others.items():
        start = time.perf_counter()
        verdict = peer()
        yield _row(name, wrong, verdict, time.perf_counter() - start)


def _ours(name: str, setting: Setting, views: list[View], wrong: NDArray[np.bool_]) -> Row:
    start = time.perf_counter()
    quality: LabelQuality = judge(
        setting.given,
        setting.classes,
        views,
        neighbours=setting.features.neighbours if setting.features else None,
        hierarchy=setting.tree if name == WITH_TREE else None,
    )
    seconds = time.perf_counter() - start
    return Row(
        ranking_quality(name, wrong, quality.scores.astype(np.float64), quality.flagged),
        calibration_error(quality.p_mislabel.astype(np.float64), wrong),
        float(quality.flagged.mean()),
        seconds,
        quality.error_rate,
        quality.scores.astype(np.float64),
        audited(quality, setting.given, wrong),
    )


def _row(name: str, wrong: NDArray[np.bool_], verdict: Verdict, seconds: float) -> Row:
    flagged = np.zeros(len(wrong), dtype=bool) if verdict.flagged is None else verdict.flagged
    p = verdict.score if verdict.is_probability else None
    return Row(
        ranking_quality(name, wrong, verdict.score, flagged),
        calibration_error(p, wrong) if p is not None else float("nan"),
        float(flagged.mean()) if verdict.flagged is not None else float("nan"),
        seconds,
        score=verdict.score,
    )


def calibration_error(p: NDArray[np.float64], wrong: NDArray[np.bool_], bins: int = 15) -> float:
    """Expected calibration error: mean distance of p from the share of wrong labels, over bins of equal width."""
    which = np.minimum((p * bins).astype(int), bins - 1)
    counts = np.bincount(which, minlength=bins)
    gaps = np.bincount(which, weights=p - wrong, minlength=bins)
    return float(np.abs(gaps).sum() / counts.sum())


def ap_difference(
    wrong: NDArray[np.bool_], ours: NDArray[np.float64], theirs: NDArray[np.float64], resamples: int
) -> tuple[float, float]:
    """95 % bootstrap interval of our average precision less theirs."""
    random, found = np.random.default_rng(0), []
    for _ in range(resamples):
        some = random.integers(0, len(wrong), len(wrong))
        if wrong[some].any():
            ap = [average_precision_score(wrong[some], score[some]) for score in (ours, theirs)]
            found.append(ap[0] - ap[1])
    return float(np.quantile(found, 0.025)), float(np.quantile(found, 0.975))
