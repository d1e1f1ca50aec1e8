"""Signals that ask a process to stop: each ends a command as Ctrl-C does, with its own exit code."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

INCOMPLETE = 3
# Ctrl-C is the user's; the others come from a scheduler, a container or a terminal that was closed.
_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")


class Stopping:
    """Which signal asked to stop, 0 for none. Libraries may turn the exception that it raises into one of their own."""

    def __init__(self) -> None:
        self.number = 0

    @property
    def exit_code(self) -> int:
        """3 for Ctrl-C, 128 + n for another signal n."""
        return INCOMPLETE if self.number in (0, signal.SIGINT) else 128 + self.number

    @property
    def name(self) -> str:
        """The signal in words: 'interrupted', or what stopped it."""
        return "interrupted" if self.number in (0, signal.SIGINT) else f"stopped by {signal.Signals(self.number).name}"

    def stop(self, number: int, _: FrameType | None) -> None:
        """Handle a signal."""
        self.number = number
        raise KeyboardInterrupt


@contextmanager
def stopping() -> Iterator[Stopping]:
    """Heed the signals that nobody heeds or ignores yet (``nohup`` ignores SIGHUP), until the end."""
    asked = Stopping()
    unheeded = (signal.SIG_DFL, signal.default_int_handler)
    numbers = [number for name in _NAMES if (number := getattr(signal, name, None)) is not None]
    before = {number: signal.getsignal(number) for number in numbers if signal.getsignal(number) in unheeded}
    for number in before:
        signal.signal(number, asked.stop)
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
