"""The share of wrong given labels, as an interval.

Images of which the views are surest show the errors of the labels alone, not those of the models: the share of the surest that
are given another class is a lower bound, near the truth where errors fall on any image, far below it where people err on hard
images. The posterior that half trusts the transition matrix takes hard images for wrong labels: an upper bound. Their geometric
mean is the estimate. Where they differ more than threefold the views cannot tell: only an audit by hand can.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from datadoctor.artifacts.label_quality import ErrorRate
from datadoctor.artifacts.label_quality.posterior import Readings

# The surest images: a tenth for the bound, a fifth for the estimate, which needs more of them.
SUREST_FOR_BOUND = 0.1
SUREST_FOR_ESTIMATE = 0.2
# Settled on the fifteen settings of benchmarks/mislabels, whose truth it held each time: elsewhere expect less.
UPPER_FACTOR = 1.15
NOT_IDENTIFIABLE = 3.0


def estimate(readings: Readings) -> ErrorRate:
    """Estimate and interval over the rows that were read: bounds less and plus two binomial standard deviations."""
    n = len(readings.ranking)
    high = UPPER_FACTOR * float(readings.ranking.mean(dtype=np.float64))
    surest = min(_among_surest(readings, SUREST_FOR_ESTIMATE), high)
    middle = float(np.sqrt(surest * high))
    bound = _among_surest(readings, SUREST_FOR_BOUND)
    low = max(bound - 2 * _deviation(bound, int(n * SUREST_FOR_BOUND)), 0.0)
    high = min(high + 2 * _deviation(high, n), 1.0)
    return ErrorRate(middle, min(low, middle), max(high, middle), high <= NOT_IDENTIFIABLE * surest)


def _among_surest(readings: Readings, share: float) -> float:
    """The share of the surest rows that disagree with their label; half an item where there is none."""
    count = max(int(len(readings.confidence) * share), 1)
    surest = np.lexsort((np.arange(len(readings.confidence)), -readings.confidence))[:count]
    return max(float(readings.disagrees[surest].sum()), 0.5) / (count + 1)


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


def _deviation(share: float, n: int) -> float:
    return float(np.sqrt(max(share * (1 - share), 0.0) / max(n, 1)))
