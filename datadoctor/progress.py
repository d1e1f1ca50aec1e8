"""Progress with an estimate of the time left, on anything that may take longer than two seconds."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol


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


# A log keeps every state of a bar: a few of them say enough.
SECONDS_BETWEEN_STATES, SECONDS_BETWEEN_LOGGED_STATES = 0.1, 20.0


class Terminal:
    """One bar a stage on standard error, with the time left."""

    def say(self, text: str) -> None:
        """Print it to standard error."""
        print(text, file=sys.stderr)  # noqa: T201 - this is the terminal

    @contextmanager
    def stage(self, title: str, total: int) -> Iterator[Callable[[int], None]]:
        """Show a bar, once a second has passed, that moves when the yielded callable is called."""
        from tqdm import tqdm

        pause = SECONDS_BETWEEN_STATES if sys.stderr.isatty() else SECONDS_BETWEEN_LOGGED_STATES
        with tqdm(total=total, desc=title, file=sys.stderr, delay=1.0, mininterval=pause, dynamic_ncols=True) as bar:

            def advance(steps: int) -> None:
                bar.update(steps)

            yield advance
