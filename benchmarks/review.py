"""Review with answers heeded: wrong labels met at so many looks, beside the fixed queue, cleanlab's order and the perfect one.

The truth is the reviewer. ``python -m benchmarks.review [--work FOLDER] [--only NAME]`` prints, for each setting, the wrong labels met
after 100, 200, 500 and 1,000 looks, and the error rate's estimate and interval by what was answered so far.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from cleanlab.rank import get_label_quality_scores
from numpy.typing import NDArray

from benchmarks.mislabels import settings
from benchmarks.mislabels.features import of_images
from benchmarks.mislabels.measure import views_of
from benchmarks.mislabels.settings import Setting
from datadoctor.comparison.evaluation import CLEANLAB_SCORES
from datadoctor.stages.known import taught
from datadoctor.stages.label_quality import LabelQuality
from datadoctor.stages.label_quality.judge import judge

LOOKS = (100, 200, 500, 1000)
NOBODY = -1
CALTECH, CIFAR = "caltech44, 10% as published", ("CIFAR-10N aggre", "CIFAR-10N worse")


class Reviewed:
    """A setting, judged again with any answers."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.first_probabilities: NDArray[np.float32] | None = None

    def judged(self, known: NDArray[np.int32]) -> LabelQuality:
        """The judgement with ``known`` (n,) true classes, -1 where nobody looked."""
        given, features = self.setting.given, self.setting.features
        views = views_of(self.setting, taught(given, known))
        if self.first_probabilities is None:
            self.first_probabilities = views[0].probabilities
        near = features.neighbours if features else None
        return judge(given, self.setting.classes, views, neighbours=near, known=known)


def walk(reviewed: Reviewed) -> Iterator[str]:
    """The lines about one setting."""
    given, true = reviewed.setting.given, reviewed.setting.true
    wrong = given != true
    known = np.full(len(given), NOBODY, dtype=np.int32)
    first = quality = reviewed.judged(known)
    fixed = np.argsort(-first.scores, kind="stable")
    assert reviewed.first_probabilities is not None
    compact = reviewed.first_probabilities.astype(np.float64)
    theirs = {name: 1 - get_label_quality_scores(given, compact, method=name) for name in CLEANLAB_SCORES}
    yield f"{reviewed.setting.name}: {len(wrong):,} images, {wrong.mean():.2%} wrong; {_said(first, wrong)}"
    yield f"{'looks':>7}{'heeded':>9}{'fixed':>9}{'cleanlab':>10}{'perfect':>9}   what is said then"
    start = 0
    for looks in (n for n in LOOKS if n <= len(given)):
        order = np.lexsort((np.arange(len(given)), -quality.scores))
        now = order[known[order] == NOBODY][: looks - start]
        known[now] = true[now]
        start = looks
        began = time.perf_counter()
        quality = reviewed.judged(known)
        seconds = time.perf_counter() - began
        best = max(int(wrong[np.argsort(-score, kind="stable")[:looks]].sum()) for score in theirs.values())
        met, before = int(wrong[known >= 0].sum()), int(wrong[fixed[:looks]].sum())
        perfect = min(looks, int(wrong.sum()))
        yield f"{looks:>7}{met:>9}{before:>9}{best:>10}{perfect:>9}   {_said(quality, wrong)}, {seconds:.0f} s"


def _said(quality: LabelQuality, wrong: NDArray[np.bool_]) -> str:
    rate = quality.error_rate
    inside = "holds" if rate.low <= wrong.mean() <= rate.high else "MISSES"
    return f"{rate.estimate:.2%} [{rate.low:.2%}, {rate.high:.2%}] {inside} the truth"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--eye", default="", metavar="NAME[=WEIGHTS]", help="a network instead of the default")
    parser.add_argument("--work", type=Path, default=Path("/tmp/datadoctor-benchmark"))
    parser.add_argument("--only", default="", help="settings whose name holds this")
    asked = parser.parse_args()
    asked.work.mkdir(parents=True, exist_ok=True)
    for setting in all_settings(asked.data, asked.eye, asked.work, asked.only):
        for line in walk(Reviewed(setting)):
            print(line, flush=True)


def all_settings(data: Path, eye: str, work: Path, only: str) -> Iterator[Setting]:
    """Probabilities that two networks brought for CIFAR-10N, caltech44 as published, CIFAR-10N's aggregated and worst labels."""
    yield from (one for one in settings.given_probabilities(data / "cifar10n_probs", quick=True) if only in one.name)
    if only in CALTECH:
        yield next(iter(settings.caltech(data / "caltech44", of_images(data / "caltech44", eye, work), quick=True)))
    if any(only in name for name in CIFAR):
        found = settings.cifar(data / "cifar10", of_images(data / "cifar10", eye, work, "train/"))
        yield from (one for one in found if one.name in CIFAR and only in one.name)


if __name__ == "__main__":
    main()
