"""How many pixels are decoded at once, by all threads together: large images wait for each other instead of filling the memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition, local

from datadoctor import machine


class Budget:
    """``most`` pixels (0: as many as this machine's memory bears); an image larger than that is decoded alone."""

    def __init__(self, most: int = 0) -> None:
        self._most = most
        self._used = 0
        self._freed = Condition()
        self._own = local()

    @contextmanager
    def held(self) -> Iterator[None]:
        """What this thread takes inside is given back at the end: an image's pixels are in use until something is made of them."""
        if hasattr(self._own, "taken"):
            yield
            return
        self._own.taken = 0
        try:
            yield
        finally:
            with self._freed:
                self._used -= self._own.taken
                del self._own.taken
                self._freed.notify_all()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """As ``held``, once all others have given back what they took."""
        with self.held():
            with self._freed:
                self._used -= self._own.taken
                self._own.taken = self._most or machine.pixels_at_once()
                self._freed.notify_all()
                self._freed.wait_for(lambda: self._used == 0)
                self._used += self._own.taken
            yield

    @property
    def taken(self) -> int:
        """Pixels that this thread has taken, inside ``held``."""
        return int(self._own.taken)

    def take(self, n_pixels: int) -> None:
        """Wait until so many pixels fit; to be called inside ``held``."""
        most = self._most or machine.pixels_at_once()
        wanted = min(n_pixels, most)
        with self._freed:
            # Whoever holds some already never waits: two that wait for each other would wait for ever.
            if not self._own.taken:
                self._freed.wait_for(lambda: self._used + wanted <= most)
            self._used += wanted
            self._own.taken += wanted


# One for the process: its memory is one.
BUDGET = Budget()
