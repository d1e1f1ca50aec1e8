"""Keeps what C libraries print about damaged images (libtiff, libjpeg, libpng) off the terminal: the cause is in the finding.

They write to file descriptor 2 and ask nobody. So Python's own standard error gets a descriptor of its own, once, at the start of the
program; then descriptor 2 can lead nowhere while an image is decoded, in however many threads, and no message of ours is lost.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

_STDERR = 2


class _Silence:
    """Descriptor 2 leads nowhere while at least one thread is inside."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._inside = 0
        self._kept = -1

    def enter(self) -> None:
        with self._lock:
            self._inside += 1
            if self._inside == 1:
                self._kept = os.dup(_STDERR)
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, _STDERR)
                os.close(nowhere)

    def leave(self) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside == 0:
                os.dup2(self._kept, _STDERR)
                os.close(self._kept)


_silence = _Silence()
_replaced: list[object] = []


def separate() -> None:
    """Give ``sys.stderr`` a descriptor of its own; nothing where it has one, or is no file."""
    old = sys.stderr
    if not isinstance(old, io.TextIOWrapper) or not _shares_descriptor():
        return
    old.flush()
    own = os.fdopen(os.dup(_STDERR), "wb")
    # Of the same kind, for it may outlast its reader. The old one is kept: let go, it would close descriptor 2.
    _replaced.append(old)
    # By lines: Python's own writes through to a file without a buffer, this one has one.
    sys.stderr = type(old)(own, old.encoding, old.errors, line_buffering=True)


@contextmanager
def quiet() -> Iterator[None]:
    """Nothing reaches the terminal through descriptor 2 while inside; nothing changes where ``sys.stderr`` would be silenced too."""
    if _shares_descriptor():
        yield
        return
    _silence.enter()
    try:
        yield
    finally:
        _silence.leave()


def _shares_descriptor() -> bool:
    try:
        return sys.stderr.fileno() == _STDERR
    except (OSError, ValueError, AttributeError):
        return False  # no file: a notebook's, a test's, or closed
