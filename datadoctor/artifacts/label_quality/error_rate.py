"""The share of wrong given labels, as an interval.

Two readings of the same evidence bound it: trusting the transition matrix calls too few labels wrong, trusting it half calls
too many. On ten sets with known errors (injected and human, see benchmarks/mislabels) the truth lay between the first divided
by 1.5 and the second times 1.15, give or take two binomial standard deviations. Where these bounds differ more than
threefold, as they did on sets without any error, the errors of the labels cannot be told from those of the models: the lower
bound is then 0.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from datadoctor.artifacts.label_quality import ErrorRate
from datadoctor.artifacts.label_quality.posterior import Readings

LOWER_FACTOR = 1 / 1.5
UPPER_FACTOR = 1.15
NOT_IDENTIFIABLE = 3.0
NO_ADVICE = "the errors of the labels cannot be told from those of the models: audit 100 items"


def estimate(readings: Readings, p_mislabel: NDArray[np.float32]) -> ErrorRate:
    """Estimate and interval over the judged rows that were read."""
    n = len(p_mislabel)
    middle = float(p_mislabel.mean(dtype=np.float64))
    low = LOWER_FACTOR * float(readings.trusting.mean(dtype=np.float64))
    high = UPPER_FACTOR * float(readings.ranking.mean(dtype=np.float64))
    identifiable = high <= NOT_IDENTIFIABLE * low
    low = max(low - 2 * _deviation(low, n), 0.0) if identifiable else 0.0
    high = min(high + 2 * _deviation(high, n), 1.0)
    return ErrorRate(middle, min(low, middle), max(high, middle), identifiable)


def expected_errors(p_mislabel: NDArray[np.float32], queue: NDArray[np.int64]) -> NDArray[np.float32]:
    """Expected wrong labels among the first 1..m rows of ``queue``, (m,) float32."""
    return np.cumsum(p_mislabel[queue], dtype=np.float64).astype(np.float32)


def errors_at(quality_expected: NDArray[np.float32], depth: int, rate: ErrorRate) -> tuple[float, float]:
    """How many errors to expect among the first ``depth`` of the queue: a range of two standard deviations.

    The standard deviation is that of independent draws, widened by how far the error rate itself is uncertain.
    """
    if depth == 0 or len(quality_expected) == 0:
        return 0.0, 0.0
    depth = min(depth, len(quality_expected))
    expected = float(quality_expected[depth - 1])
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
