"""What stages cost."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from datadoctor import machine


@dataclass(slots=True)
class StageCost:
    """Seconds a stage took without the stages it asked for, and the process's peak memory (MB) when it ended.

    ``kept_bytes``: of its value on disk, 0 if it is not kept. ``reused``: the value was kept by an earlier run.
    """

    stage: str
    seconds: float = 0.0
    peak_mb: float = 0.0
    kept_bytes: int = 0
    reused: bool = False


class Clock:
    """Measures stages that call each other: the time of an inner stage is not counted for the outer one."""

    def __init__(self) -> None:
        self.costs: list[StageCost] = []
        self._inner_seconds: list[float] = []

    @contextmanager
    def stage(self, name: str) -> Iterator[StageCost]:
        """Measure what runs inside."""
        start = time.perf_counter()
        self._inner_seconds.append(0.0)
        cost = StageCost(name)
        try:
            yield cost
        finally:
            total = time.perf_counter() - start
            cost.seconds, cost.peak_mb = total - self._inner_seconds.pop(), machine.peak_memory() / 2**20
            if self._inner_seconds:
                self._inner_seconds[-1] += total
            self.costs.append(cost)
