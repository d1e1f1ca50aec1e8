"""Runs every setting and prints one table."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from cleanlab.rank import get_label_quality_scores
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score

from benchmarks.mislabels import peers, settings
from benchmarks.mislabels.features import of_images
from benchmarks.mislabels.settings import Setting
from datadoctor.artifacts.label_quality import LabelQuality
from datadoctor.artifacts.label_quality.judge import judge
from datadoctor.artifacts.label_quality.views import View, of_probe
from datadoctor.artifacts.predictions import folds, probe
from datadoctor.outputs.evaluation import RankingQuality, cleanlab_quality, ranking_quality

SCORES = ("self_confidence", "normalized_margin")


def all_settings(data: Path, weights: Path, work: Path, *, quick: bool) -> Iterator[Setting]:
    yield from settings.given_probabilities(data / "cifar10n_probs", quick=quick)
    yield from settings.caltech(data / "caltech44", of_images(data / "caltech44", weights, work), quick=quick)
    yield from settings.cifar(data / "cifar10", of_images(data / "cifar10", weights, work, "train/"), quick=quick)


def views_of(setting: Setting) -> list[View]:
    if setting.features is None:
        assert setting.probabilities is not None
        return [View("given", setting.probabilities)]
    n = len(setting.given)
    held_out = folds.assign(setting.given, np.arange(n, dtype=np.int32), [f"{row:064d}" for row in range(n)])
    views = []
    for name, vectors in (("network", setting.features.network), ("own filters", setting.features.own)):
        predictions = probe.predict(vectors, setting.given, len(setting.classes), held_out)
        views.append(of_probe(name, predictions, vectors, setting.given))
    return views


def calibration_error(p: NDArray[np.float32], wrong: NDArray[np.bool_], bins: int = 15) -> float:
    """Expected calibration error: mean distance of p from the share of wrong labels, over bins of equal width."""
    which = np.minimum((p * bins).astype(int), bins - 1)
    counts = np.bincount(which, minlength=bins)
    gaps = np.bincount(which, weights=p - wrong, minlength=bins)
    return float(np.abs(gaps).sum() / counts.sum())


def ap_difference(
    wrong: NDArray[np.bool_], ours: NDArray[np.generic], theirs: NDArray[np.generic], resamples: int
) -> tuple[float, float]:
    """95 % bootstrap interval of our average precision less theirs."""
    random, found = np.random.default_rng(0), []
    for _ in range(resamples):
        rows = random.integers(0, len(wrong), len(wrong))
        if wrong[rows].any():
            ap = [average_precision_score(wrong[rows], score[rows]) for score in (ours, theirs)]
            found.append(ap[0] - ap[1])
    return float(np.quantile(found, 0.025)), float(np.quantile(found, 0.975))


def print_row(row: RankingQuality, rest: str = "") -> None:
    figures = (row.auroc, row.average_precision, row.precision_at_100, row.precision_at_500, row.f1)
    print(f"  {row.method:<32}" + "".join(f"{figure:>8.3f}" for figure in figures) + rest, flush=True)


def measure(setting: Setting, resamples: int) -> dict[str, float]:
    """Print the rows of one setting; the figures behind the last lines."""
    wrong = setting.given != setting.true
    start = time.perf_counter()
    views = views_of(setting)
    made = time.perf_counter()
    near = setting.features.neighbours if setting.features else None
    quality = judge(setting.given, setting.classes, views, neighbours=near)
    seconds = (made - start, time.perf_counter() - made)
    took = f"views {seconds[0]:.1f} s, judging {seconds[1]:.1f} s"
    print(f"\n{setting.name}: {len(wrong):,} images, {wrong.mean():.2%} wrong; {took}")
    rate = quality.error_rate
    if not wrong.any():
        print(f"  flagged {int(quality.flagged.sum())}; {said(quality)}")
        return {"inside": float(rate.low <= 0)}
    probabilities = views[0].probabilities.astype(np.float64)
    theirs = cleanlab_quality(setting.given.astype(np.int64), probabilities, wrong)
    ours = ranking_quality("datadoctor", wrong, quality.scores.astype(np.float64), quality.flagged)
    print_row(ours, f"   ECE {calibration_error(quality.p_mislabel, wrong):.3f}; {said(quality)}")
    for row in theirs:
        print_row(row)
    for row in published(setting, wrong):
        print_row(row)
    best = max(SCORES, key=lambda name: next(r.average_precision for r in theirs if r.method.endswith(name)))
    best_score = 1 - get_label_quality_scores(setting.given, probabilities, method=best)
    low, high = ap_difference(wrong, quality.scores, best_score, resamples)
    print(f"  AP less that of cleanlab {best}: 95 % interval {low:+.4f} to {high:+.4f}")
    their_ap = max(row.average_precision for row in theirs if np.isfinite(row.average_precision))
    their_f1 = max(row.f1 for row in theirs if np.isfinite(row.f1))
    return {
        "missed": (1 - ours.average_precision) / (1 - their_ap),
        "not below": float(high >= 0),
        "F1": float(ours.f1 >= their_f1),
        "inside": float(rate.low <= wrong.mean() <= rate.high),
    }


def said(quality: LabelQuality) -> str:
    rate = quality.error_rate
    doubt = "" if rate.identifiable else ", not identifiable"
    return f"says {rate.estimate:.1%} wrong, {rate.low:.1%} to {rate.high:.1%}{doubt}"


def published(setting: Setting, wrong: NDArray[np.bool_]) -> Iterator[RankingQuality]:
    if setting.features is None:
        return
    nothing = np.zeros(len(wrong), dtype=bool)
    score = peers.selfclean(setting.features.network, setting.given)
    yield ranking_quality("SelfClean formula", wrong, score, nothing)
    votes = peers.simifeat_votes(setting.features.neighbours, setting.given, len(setting.classes))
    at_given = votes[np.arange(len(wrong)), setting.given]
    yield ranking_quality("SimiFeat-V formula", wrong, 1 - at_given, votes.argmax(axis=1) != setting.given)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mislabels")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--weights", type=Path, default=Path("../shared/weights/squeezenet1_0_imagenet.pth"))
    parser.add_argument("--work", type=Path, default=Path("build/mislabels"), help="where images and features are kept")
    parser.add_argument("--quick", action="store_true", help="fewer settings and resamples")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    print(f"  {'':<32}" + "".join(f"{name:>8}" for name in ("AUROC", "AP", "P@100", "P@500", "F1")))
    results = {}
    for setting in all_settings(options.data, options.weights, options.work, quick=options.quick):
        results[setting.name] = measure(setting, 50 if options.quick else 200)
    print(f"\n{'setting':<32} missed/theirs  AP not below  F1 at least  rate inside")
    for name, figures in results.items():
        cells = (
            f"{figures[key]:>13.3f}" if key in figures else " " * 13 for key in ("missed", "not below", "F1", "inside")
        )
        print(f"{name:<32}" + "".join(cells))


if __name__ == "__main__":
    main()
