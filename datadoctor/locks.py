"""One process at a time in a folder. The system takes the lock back from a process that dies, however it dies."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from datadoctor.errors import DataDoctorError
from datadoctor.faults import fault_of

FILE = "lock-1.sqlite"


@contextmanager
def alone(folder: Path, refusal: str) -> Iterator[None]:
    """Hold the lock of a folder, made if need be; raises ``DataDoctorError`` with ``refusal`` where another process holds it."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / FILE
    if file.is_symlink():
        file.unlink()  # that somebody put there: nothing is written through it
    with contextlib.closing(_held(file, refusal)):
        yield


def _held(file: Path, refusal: str) -> sqlite3.Connection:
    try:
        return _locked(file, refusal)
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_NOTADB:
            raise fault_of(error) or DataDoctorError(f"{file}: cannot be locked: {error}") from error
    file.unlink()  # damaged: it holds nothing but the lock
    return _locked(file, refusal)


def _locked(file: Path, refusal: str) -> sqlite3.Connection:
    # SQLite knows how each system locks a file, network file systems among them.
    connection = sqlite3.connect(file, timeout=0.0, isolation_level=None)
    try:
        connection.execute("BEGIN EXCLUSIVE")
    except sqlite3.DatabaseError as error:
        connection.close()
        if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
            raise DataDoctorError(refusal) from error
        raise
    return connection
