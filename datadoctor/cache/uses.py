"""When what is cached was last used, and who reads it now: what pruning needs to know.

Both are SQLite files beside the cache: ``used-1.sqlite`` holds a day for each key, and whoever reads holds a shared lock on
``readers-1.sqlite``, which the system takes back from a process that dies.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

USES_FILE = "used-1.sqlite"
READERS_FILE = "readers-1.sqlite"
_SECONDS_TO_WAIT = 10.0
_UPSERT = (
    "INSERT INTO used VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET day = excluded.day WHERE excluded.day > used.day"
)


def today() -> int:
    """Days since 1970."""
    return int(time.time() // 86_400)


class Uses:
    """Notes what is used of a cache while somebody reads it; a shared lock says that somebody does."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / USES_FILE
        self._keys: set[bytes] = set()
        self._lock = contextlib.ExitStack()
        self._lock.enter_context(reading(folder))

    def note(self, key: bytes) -> None:
        """Note that an entry was used today."""
        self._keys.add(key)

    def close(self) -> None:
        """Write down what was used, and let go of the lock. What cannot be written is pruned a little early, that is all."""
        with contextlib.suppress(sqlite3.DatabaseError), contextlib.closing(open_uses(self._file)) as uses, uses:
            uses.executemany(_UPSERT, ((key, today()) for key in sorted(self._keys)))
        self._keys.clear()
        self._lock.close()


def open_uses(file: Path) -> sqlite3.Connection:
    """The file of uses, made where there is none; raises ``sqlite3.DatabaseError``."""
    if file.is_symlink():
        raise sqlite3.DatabaseError("it is a link")
    connection = sqlite3.connect(file, timeout=_SECONDS_TO_WAIT)
    connection.execute("CREATE TABLE IF NOT EXISTS used (key BLOB PRIMARY KEY, day INTEGER NOT NULL) WITHOUT ROWID")
    return connection


@contextmanager
def reading(folder: Path) -> Iterator[None]:
    """While inside, nobody prunes the cache in this folder; where no lock can be had (a disk that is read only), one may."""
    with contextlib.ExitStack() as held:
        with contextlib.suppress(sqlite3.DatabaseError):
            connection = held.enter_context(contextlib.closing(_readers(folder, _SECONDS_TO_WAIT)))
            connection.execute("BEGIN")
            connection.execute("SELECT * FROM readers").fetchall()  # takes the shared lock
        yield


@contextmanager
def alone(folder: Path) -> Iterator[bool]:
    """Whether nobody reads the cache; if so, nobody begins to while inside."""
    with contextlib.ExitStack() as held:
        try:
            held.enter_context(contextlib.closing(_readers(folder, 0.0))).execute("BEGIN EXCLUSIVE")
            nobody = True
        except sqlite3.OperationalError:
            nobody = False
        yield nobody


def _readers(folder: Path, seconds: float) -> sqlite3.Connection:
    file = folder / READERS_FILE
    if file.is_symlink():
        raise sqlite3.DatabaseError("it is a link")
    connection = sqlite3.connect(file, timeout=seconds, isolation_level=None)
    connection.execute("CREATE TABLE IF NOT EXISTS readers (nobody INTEGER)")
    return connection
