"""The share of wrong given labels, as an interval.

The lower bound is the share under class-conditional noise, which takes whatever follows the images for errors of the models. The
upper one is that under instance-dependent noise, or, where somebody looked at the images or an audit by hand has to tell, the share
the views disagree with. Then the surest images bound it from below: there the models hardly err, and disagreement is noise.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from datadoctor.stages.label_quality import ErrorRate
from datadoctor.stages.label_quality.noise import Noise
from datadoctor.stages.label_quality.posterior import Readings

SUREST = 0.1


def estimate(readings: Readings, noise: Noise) -> ErrorRate:
    """Estimate and interval over the rows that were read: bounds less and plus two standard deviations."""
    middle = float(readings.p.mean(dtype=np.float64))
    # What an item's label is in doubt adds to the binomial deviation of the share.
    unsure = float((readings.p * (1 - readings.p)).mean(dtype=np.float64))
    low, high = min(noise.class_conditional.share, noise.before.share), noise.instance_dependent.share
    if noise.structured or not noise.identifiable:
        high = max(high, float(readings.disagrees.mean()))
    low -= 2 * _deviation(low, noise.n_fitted, unsure)
    if not noise.identifiable:
        low = min(low, _among_surest(readings))
    high += 2 * _deviation(high, noise.n_fitted, unsure)
    return ErrorRate(middle, min(max(low, 0.0), middle), max(min(high, 1.0), middle), noise.identifiable)


def with_known(rate: ErrorRate, wrong: NDArray[np.bool_], n: int) -> ErrorRate:
    """The same rate over n rows, of which some are known to be ``wrong`` (a,) or not: no less, and no more, than these leave open."""
    least, most = float(wrong.sum()) / n, 1 - float((~wrong).sum()) / n
    return replace(rate, low=max(rate.low, least), high=min(max(rate.high, rate.estimate, least), most))


def _among_surest(readings: Readings) -> float:
    """The share of the surest rows that disagree with their label, less two standard deviations."""
    count = max(int(len(readings.confidence) * SUREST), 1)
    surest = np.lexsort((np.arange(len(readings.confidence)), -readings.confidence))[:count]
    share = float(readings.disagrees[surest].mean())
    return share - 2 * _deviation(share, count)


def expected_errors(p_mislabel: NDArray[np.float32], queue: NDArray[np.int64]) -> NDArray[np.float32]:
    """Expected wrong labels among the first 1..m rows of ``queue``, (m,) float32."""
    return np.cumsum(p_mislabel[queue], dtype=np.float64).astype(np.float32)


def errors_at(cumulated: NDArray[np.float32], depth: int, rate: ErrorRate) -> tuple[float, float]:
    """How many errors to expect among the first ``depth`` of the queue: a range of two standard deviations.

    The standard deviation is that of independent draws, widened by how far the error rate itself is uncertain.
    """
    if depth == 0 or len(cumulated) == 0:
        return 0.0, 0.0
    depth = min(depth, len(cumulated))
    expected = float(cumulated[depth - 1])
    p = expected / depth
    spread = 2 * _deviation(p, depth) * depth
    ratio_low, ratio_high = (rate.low / max(rate.estimate, 1e-9), rate.high / max(rate.estimate, 1e-9))
    # The surest errors are hardly in doubt: the rate's uncertainty is about the doubtful share.
    doubtful = depth * p * (1 - p)
    low = expected - spread - doubtful * (1 - ratio_low)
    high = expected + spread + doubtful * (ratio_high - 1)
    return max(low, 0.0), min(high, float(depth))


def _deviation(share: float, n: int, unsure: float = 0.0) -> float:
    # A share of nothing among few is not known to be nothing (rule of succession).
    share = (share * n + 1) / (n + 2)
    return float(np.sqrt((max(share * (1 - share), 0.0) + unsure) / max(n, 1)))
