"""How many wrong labels a queue is expected to hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


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


def expected_errors(queue: pd.DataFrame, summary: dict[str, Any]) -> Expected:
    """The sum of ``p_mislabel`` over the images of a queue, each once.

    The interval is that of the run's error rate, carried over in proportion and cut at what is possible: the rate says how far
    the probabilities can be trusted as a whole. There is none if the run found no rate.
    """
    once = queue.drop_duplicates("path")
    count = float(once["p_mislabel"].sum())
    rate = summary.get("label_errors") or {}
    estimate, low, high = (rate.get(name) for name in ("estimate", "low", "high"))
    if not estimate or low is None or high is None:
        return Expected(len(once), count)
    return Expected(len(once), count, count * low / estimate, min(count * high / estimate, float(len(once))))
