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

    ``cpu_seconds``: of all the process's threads meanwhile: at most ``seconds`` times the processors.
    ``kept_bytes``: of its value on disk, 0 if it is not kept. ``reused``: the value was kept by an earlier run.
    """

    stage: str
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    peak_mb: float = 0.0
    kept_bytes: int = 0
    reused: bool = False


class Clock:
    """Measures stages that call each other: the time of an inner stage is not counted for the outer one."""

    def __init__(self) -> None:
        self.costs: list[StageCost] = []
        # Of the stages under way: what those they asked for took, of wall and of processors.
        self._inner: list[tuple[float, float]] = []

    @contextmanager
    def stage(self, name: str) -> Iterator[StageCost]:
        """Measure what runs inside."""
        start, start_cpu = time.perf_counter(), time.process_time()
        self._inner.append((0.0, 0.0))
        cost = StageCost(name)
        try:
            yield cost
        finally:
            total, total_cpu = time.perf_counter() - start, time.process_time() - start_cpu
            inner, inner_cpu = self._inner.pop()
            cost.seconds, cost.cpu_seconds = total - inner, total_cpu - inner_cpu
            cost.peak_mb = machine.peak_memory() / 2**20
            if self._inner:
                around, around_cpu = self._inner[-1]
                self._inner[-1] = around + total, around_cpu + total_cpu
            self.costs.append(cost)
