"""Progress with an estimate of the time left, on anything that may take longer than two seconds."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol


class Progress(Protocol):
    """Where a stage says how far it is."""

    def stage(self, title: str, total: int) -> _Stage:
        """Open a stage of ``total`` steps; the value it yields is called with the number of steps done."""
        ...


class _Stage(Protocol):
    def __enter__(self) -> Callable[[int], None]: ...

    def __exit__(self, *exc: object) -> bool | None: ...


class Silent:
    """Says nothing: for library use and tests."""

    @contextmanager
    def stage(self, title: str, total: int) -> Iterator[Callable[[int], None]]:
        """Yield a callable that ignores what it is told."""
        yield lambda steps: None


class Terminal:
    """One bar a stage on standard error, with the time left."""

    @contextmanager
    def stage(self, title: str, total: int) -> Iterator[Callable[[int], None]]:
        """Show a bar that advances when the yielded callable is called."""
        from tqdm import tqdm

        with tqdm(total=total, desc=title, unit="", file=sys.stderr, delay=1.0, leave=True) as bar:
            yield lambda steps: None if bar.update(steps) is None else None
