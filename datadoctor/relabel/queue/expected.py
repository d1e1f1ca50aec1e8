"""How many wrong labels a queue is expected to hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Expected:
    """``count`` of wrong labels among ``looks`` images; ``low`` and ``high`` are None without an interval."""

    looks: int
    count: float
    low: float | None = None
    high: float | None = None

    def __str__(self) -> str:
        interval = "" if self.low is None else f" ({self.low:.0f} to {self.high:.0f})"
        return f"{self.looks:,} images to look at, about {self.count:.0f}{interval} of them with a wrong label"


def expected_errors(queue: pd.DataFrame, items: pd.DataFrame, summary: dict[str, Any]) -> Expected:
    """The sum of ``p_mislabel`` over the images of a queue, each once.

    The interval is that of the run's error rate: the odds of all judged ``items`` are multiplied by one factor so that their sum is
    the low, or the high, end of it (a prior shift, Saerens et al. 2002), which moves sure ones less than doubtful ones. There is
    none if the run found no rate.
    """
    once = queue.drop_duplicates("path")["p_mislabel"].to_numpy(dtype="float64")
    rate = summary.get("label_errors") or {}
    low, high = rate.get("low"), rate.get("high")
    if low is None or high is None:
        return Expected(len(once), float(once.sum()))
    judged = items.loc[items["judged"], "p_mislabel"].to_numpy(dtype="float64")
    ends = [_shifted(once, _log_factor(judged, end * len(judged))) for end in (low, high)]
    return Expected(len(once), float(once.sum()), *(float(end.sum()) for end in ends))


def _log_factor(p: NDArray[np.float64], total: float) -> float:
    """The logarithm of the factor on the odds of ``p`` (n,) that makes their sum ``total``, within [-20, 20], by bisection."""
    low, high = -20.0, 20.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if _shifted(p, middle).sum() > total else (middle, high)
    return low


def _shifted(p: NDArray[np.float64], log_factor: float) -> NDArray[np.float64]:
    from scipy.special import expit, logit

    return np.asarray(expit(logit(p) + log_factor), dtype=np.float64)
