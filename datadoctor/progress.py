"""Progress with an estimate of the time left, on anything that may take longer than two seconds."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol, TextIO


class Progress(Protocol):
    """Where a stage says how far it is."""

    def say(self, text: str) -> None:
        """Tell the user something that is not a finding."""
        ...

    def stage(self, title: str, total: int) -> AbstractContextManager[Callable[[int], None]]:
        """Open a stage of ``total`` steps; call what it yields with the number of steps just done."""
        ...


class Silent:
    """Says nothing: for library use and tests."""

    def say(self, text: str) -> None:
        """Ignore it."""

    @contextmanager
    def stage(self, title: str, total: int) -> Iterator[Callable[[int], None]]:
        """Yield a callable that does nothing."""

        def advance(steps: int) -> None:
            """Ignore the steps done."""

        yield advance


class Bars:
    """In a terminal: one bar a stage on standard error, with the time left."""

    def say(self, text: str) -> None:
        """Print it to standard error."""
        _tell(text)

    @contextmanager
    def stage(self, title: str, total: int) -> Iterator[Callable[[int], None]]:
        """Show a bar, once a second has passed, that moves when the yielded callable is called."""
        from tqdm import tqdm

        with tqdm(total=total, desc=title, file=sys.stderr, delay=1.0, dynamic_ncols=True) as bar:

            def advance(steps: int) -> None:
                bar.update(steps)

            yield advance


SECONDS_BETWEEN_LINES = 30.0


class Log:
    """In a log, which keeps every state of a bar: a line every half minute, and nothing of stages that are done by then."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock

    def say(self, text: str) -> None:
        """Print it to standard error."""
        _tell(text)

    @contextmanager
    def stage(self, title: str, total: int) -> Iterator[Callable[[int], None]]:
        """Say how far it is, and how long it will take, when the yielded callable is called."""
        begin = told = self._clock()
        done = 0

        def advance(steps: int) -> None:
            nonlocal done, told
            done += steps
            now = self._clock()
            if now - told >= SECONDS_BETWEEN_LINES:
                told = now
                _tell(_state(title, done, total, now - begin))

        yield advance


def for_stream(stream: TextIO | None, quiet: bool = False) -> Progress:
    """What suits where it prints: bars in a terminal, lines in a log, nothing where it is to be quiet."""
    if quiet:
        return Silent()
    return Bars() if stream is not None and stream.isatty() else Log()


def _state(title: str, done: int, total: int, seconds: float) -> str:
    left = seconds * (total - done) / done if 0 < done <= total else 0.0
    time_left = f"{left / 60:,.0f} min" if left >= 90 else f"{left:.0f} s"
    return f"{title}: {done:,} of {total:,} ({done / max(total, 1):.0%}) after {seconds:,.0f} s, about {time_left} left"


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201 - this is the terminal, or the log
