"""What ``audit-sample`` brings: 100 images looked at by somebody who knows the truth, several times over."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datadoctor.comparison.evaluation import ranking_quality
from datadoctor.stages.label_quality import LabelQuality
from datadoctor.stages.label_quality.audit_sample import draw, recalibrate

SIZE, TIMES = 100, 20


@dataclass(frozen=True)
class Audited:
    """Mean F1 of the flags after the answers, and in how many of ``TIMES`` audits the true error rate is in the interval."""

    f1: float
    inside: int


def audited(quality: LabelQuality, given: NDArray[np.int32], wrong: NDArray[np.bool_]) -> Audited:
    f1, inside = [], 0
    for seed in range(TIMES):
        rows = draw(quality, SIZE, seed)
        after = recalibrate(quality, given, rows, wrong[rows])
        inside += after.error_rate.low <= wrong.mean() <= after.error_rate.high
        f1.append(ranking_quality("", wrong, after.scores.astype(np.float64), after.flagged).f1)
    return Audited(float(np.mean(f1)), int(inside))
