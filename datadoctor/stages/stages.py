"""Stages computed once, on first use: what was made, what could not be made and why, and what it cost."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from datadoctor import machine

Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class StageCost:
    """Seconds a stage took without the stages it asked for, and the process's peak memory (MB) when it ended."""

    stage: str
    seconds: float
    peak_mb: float


class Clock:
    """Measures stages that call each other: the time of an inner stage is not counted for the outer one."""

    def __init__(self) -> None:
        self.costs: list[StageCost] = []
        self._inner_seconds: list[float] = []

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Measure what runs inside."""
        start = time.perf_counter()
        self._inner_seconds.append(0.0)
        try:
            yield
        finally:
            total = time.perf_counter() - start
            own = total - self._inner_seconds.pop()
            if self._inner_seconds:
                self._inner_seconds[-1] += total
            self.costs.append(StageCost(name, own, machine.peak_memory() / 2**20))


class stage(Generic[Made]):  # noqa: N801 - used as a decorator, like property
    """A lazy attribute of ``Artifacts``: computed on first use; a failure is remembered and raised again."""

    def __init__(self, compute: Callable[[Any], Made]) -> None:
        self._compute = compute
        self._name = compute.__name__
        self.__doc__ = compute.__doc__

    def __get__(self, artifacts: Any, owner: type) -> Made:
        if self._name in artifacts.failed:
            raise artifacts.failed[self._name]
        if self._name not in artifacts.made:
            try:
                with artifacts.clock.stage(self._name):
                    artifacts.made[self._name] = self._compute(artifacts)
            except Exception as error:
                artifacts.failed[self._name] = error
                raise
        made: Made = artifacts.made[self._name]
        return made
