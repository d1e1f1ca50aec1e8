"""Runs every setting and prints one table, then how often each bar is reached."""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.mislabels import audits, settings
from benchmarks.mislabels.features import of_images
from benchmarks.mislabels.measure import OURS, Row, ap_difference, rows, views_of
from benchmarks.mislabels.settings import Setting
from datadoctor.comparison.evaluation import CLEANLAB_SCORES

COLUMNS = ("AUROC", "AP", "P@100", "P@500", "F1", "ECE", "flagged", "seconds")
# The four settings over which the bar on missed average precision is a mean.
MEAN_OVER = ("caltech44, 10% as published", "CIFAR-10N aggre", "CIFAR-10N rand1", "CIFAR-10N worse")


def all_settings(data: Path, eye: str, work: Path, *, quick: bool) -> Iterator[Setting]:
    yield from settings.given_probabilities(data / "cifar10n_probs", quick=quick)
    yield from settings.caltech(data / "caltech44", of_images(data / "caltech44", eye, work), quick=quick)
    if not quick:
        yield from settings.cifar(data / "cifar10", of_images(data / "cifar10", eye, work, "train/"))
        tiny = data / "tinyimagenet_mini"
        yield from settings.tiny_imagenet(tiny, of_images(tiny, eye, work))


def cell(value: float, digits: int = 3) -> str:
    return f"{'' if math.isnan(value) else f'{value:.{digits}f}':>9}"


def print_row(row: Row) -> None:
    q = row.quality
    figures = (q.auroc, q.average_precision, q.precision_at_100, q.precision_at_500, q.f1, row.calibration_error)
    says = "" if row.rate is None else f"  {row.rate.estimate:.1%} [{row.rate.low:.1%}, {row.rate.high:.1%}]"
    audit = "  asks for an audit" if row.rate is not None and not row.rate.identifiable else ""
    if row.audited is not None:
        audit += f"; audited: F1 {row.audited.f1:.3f}, rate inside {row.audited.inside} of {audits.TIMES}"
    print(
        f"  {q.method:<30}"
        + "".join(map(cell, figures))
        + cell(row.share_flagged)
        + cell(row.seconds, 1)
        + says
        + audit,
        flush=True,
    )


def measure(setting: Setting, resamples: int) -> dict[str, float]:
    """Print the rows of one setting; what the summary needs."""
    wrong = setting.given != setting.true
    start = time.perf_counter()
    views = views_of(setting)
    seconds = time.perf_counter() - start
    print(f"\n{setting.name}: {len(wrong):,} images, {wrong.mean():.2%} wrong; probabilities in {seconds:.0f} s")
    found = {}
    for row in rows(setting, views):
        print_row(row)
        found[row.quality.method] = row
    ours = found.pop(OURS)
    assert ours.rate is not None
    assert ours.audited is not None
    result = {
        "inside": float(ours.rate.low <= wrong.mean() <= ours.rate.high),
        "audited F1": ours.audited.f1,
        "audited inside": ours.audited.inside,
    }
    if not wrong.any():
        return result
    best = max((f"cleanlab {name}" for name in CLEANLAB_SCORES), key=lambda name: found[name].quality.average_precision)
    assert ours.score is not None
    best_score = found[best].score
    assert best_score is not None
    low, high = ap_difference(wrong, ours.score, best_score, resamples)
    filters = [q for name, row in found.items() if name.startswith(("cleanlab", "argmax")) for q in [row.quality]]
    their_f1 = np.nanmax([q.f1 for q in filters])
    missed = (1 - ours.quality.average_precision) / (1 - found[best].quality.average_precision)
    return {**result, "missed": missed, "low": low, "high": high, "F1": ours.quality.f1, "their F1": float(their_f1)}


def summarise(results: dict[str, dict[str, float]]) -> None:
    print(
        "\nOurs less cleanlab's better score (95 % bootstrap interval), and F1 beside the best of cleanlab's filters and argmax"
    )
    print(f"{'setting':<34}{'missed AP, ours/theirs':>24}{'AP difference':>20}{'F1':>7}{'theirs':>8}  rate inside")
    for name, figures in results.items():
        inside = "yes" if figures["inside"] else "no"
        if "missed" not in figures:
            print(f"{name:<34}{'':>59}  {inside}")
            continue
        difference = f"{figures['low']:+.4f} to {figures['high']:+.4f}"
        print(
            f"{name:<34}{figures['missed']:>24.3f}{difference:>20}{figures['F1']:>7.3f}{figures['their F1']:>8.3f}  {inside}"
        )
    judged = [figures for figures in results.values() if "missed" in figures]
    four = [results[name]["missed"] for name in MEAN_OVER if name in results]
    print(f"mean of missed AP over {len(four)} of the four main settings: {np.mean(four):.3f}")
    print(f"AP not below the interval: {sum(f['high'] >= 0 for f in judged)} of {len(judged)}")
    print(f"F1 at least theirs: {sum(f['F1'] >= f['their F1'] for f in judged)} of {len(judged)}")
    print(f"error rate inside the interval: {sum(f['inside'] for f in results.values()):.0f} of {len(results)}")
    held, asked = sum(f["audited inside"] for f in results.values()), audits.TIMES * len(results)
    print(f"after an audit of {audits.SIZE} images, {audits.TIMES} times each setting:")
    print(f"  F1 at least theirs: {sum(f['audited F1'] >= f['their F1'] for f in judged)} of {len(judged)}")
    print(f"  error rate inside the interval: {held:.0f} of {asked}")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mislabels")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--eye", default="", metavar="NAME[=WEIGHTS]", help="a network instead of the default")
    parser.add_argument("--work", type=Path, default=Path("build/mislabels"), help="where images and features are kept")
    parser.add_argument("--quick", action="store_true", help="fewer settings and resamples")
    parser.add_argument("--only", default="", help="settings whose name holds this text")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    print(f"  {'':<30}" + "".join(f"{name:>9}" for name in COLUMNS) + "  share of wrong labels")
    results = {}
    for setting in all_settings(options.data, options.eye, options.work, quick=options.quick):
        if options.only in setting.name:
            results[setting.name] = measure(setting, 50 if options.quick else 200)
    summarise(results)


if __name__ == "__main__":
    main()
