"""Where the seconds of a long stage went."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Clock:
    """Seconds by step, and how many things each step was about."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.counts: dict[str, int] = {}

    @contextmanager
    def __call__(self, step: str, count: int = 0) -> Iterator[None]:
        """Time what is done inside; the same step adds up."""
        start = time.perf_counter()
        yield
        self.seconds[step] = self.seconds.get(step, 0.0) + time.perf_counter() - start
        self.counts[step] = self.counts.get(step, 0) + count

    def __str__(self) -> str:
        """'candidates 1.2 s, 16,896 pairs looked at 4.0 s'."""
        named = (
            (f"{self.counts[step]:,} {step}" if self.counts[step] else step, s) for step, s in self.seconds.items()
        )
        return ", ".join(f"{name} {seconds:.1f} s" for name, seconds in named)
