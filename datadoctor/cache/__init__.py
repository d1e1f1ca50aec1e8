"""Cache: what was made from the bytes of a file, so that nothing is decoded or embedded twice.

One SQLite file that several processes may use at once and that survives being killed at any point. A file's stamp (size,
times, inode) stands for its digest, so that an unchanged file is not even opened. Losing the cache costs time only, and so
does damage: SQLite sees it in its own pages but not in what it was given to keep, which has a checksum of its own.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import time
import warnings
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from datadoctor.cache.uses import Uses
from datadoctor.errors import DataDoctorError, IncompleteError

FILE_NAME = "images-1.sqlite"
SECONDS_TO_WAIT = 60.0
CHECKSUM_BYTES = 4
# The disk is full or fails, or memory ran out: another time the same call may end well.
_RAN_OUT = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOMEM)
_TABLES = (
    "CREATE TABLE files (path BLOB PRIMARY KEY, stamp TEXT NOT NULL, digest TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE made (key BLOB PRIMARY KEY, content BLOB NOT NULL)",
)


def default_folder() -> Path:
    """The user's cache folder for datadoctor, as the operating system places it."""
    return platformdirs.user_cache_path("datadoctor")


def stamp(file: Path) -> str:
    """What changes whenever a file is written or replaced: size, modification and change time (ns), inode. Raises OSError."""
    status = file.stat()
    return f"{status.st_size} {status.st_mtime_ns} {status.st_ctime_ns} {status.st_ino}"


@dataclass(frozen=True, slots=True)
class Entry:
    """``content``, made by ``maker`` (a name with its version) from the bytes with this ``digest``."""

    digest: str
    maker: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Stamped:
    """A file, or what else has a name of its own, whose bytes had ``digest`` when its stamp was ``stamp``."""

    file: Path | str
    stamp: str
    digest: str


class ImageCache:
    """A folder with one SQLite file; use it from the thread that opened it."""

    def __init__(self, folder: Path | None = None) -> None:
        """Open or make the cache. Raises ``DataDoctorError`` where the folder cannot be written."""
        self.path = (folder or default_folder()) / FILE_NAME
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _unusable(self.path, error.strerror or str(error)) from error
        if self.path.is_symlink():
            raise _unusable(self.path, "it is a link")
        self._uses = Uses(self.path.parent)
        self._connection = self._open()

    def digest(self, file: Path | str, stamp: str) -> str:
        """The digest of the file if its stamp is still this one, else ''."""
        found = self._select("SELECT digest FROM files WHERE path = ? AND stamp = ?", _path_key(file), stamp)
        return str(found) if found else ""

    def get(self, digest: str, maker: str) -> bytes | None:
        """What ``maker`` made from the bytes with this digest, None if not known or damaged."""
        key = _key(digest, maker)
        found = self._select("SELECT content FROM made WHERE key = ?", key)
        content = _unsealed(key, found) if isinstance(found, bytes) else None
        if content is not None:
            self._uses.note(key)
        return content

    def put(self, files: Iterable[Stamped], entries: Iterable[Entry]) -> None:
        """Keep all of these or, if the process is killed, none. Raises ``DataDoctorError`` when the disk is full."""
        stamps = [(_path_key(item.file), item.stamp, item.digest) for item in files]
        made = [_sealed(_key(entry.digest, entry.maker), entry.content) for entry in entries]
        for key, _ in made:
            self._uses.note(key)
        try:
            self._insert(stamps, made)
        except sqlite3.OperationalError as error:
            raise _unusable(self.path, str(error), error.sqlite_errorcode & 0xFF) from error
        except sqlite3.DatabaseError as error:
            self._start_again(error)
            self._insert(stamps, made)

    def close(self) -> None:
        """Close the file; what was put is kept, and what was used is noted."""
        self._connection.close()
        self._uses.close()

    def _insert(self, stamps: list[tuple[bytes, str, str]], made: list[tuple[bytes, bytes]]) -> None:
        with self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.executemany("INSERT OR REPLACE INTO files VALUES (?, ?, ?)", stamps)
            self._connection.executemany("INSERT OR REPLACE INTO made VALUES (?, ?)", made)

    def _select(self, query: str, *values: object) -> object:
        try:
            row = self._connection.execute(query, values).fetchone()
        except sqlite3.OperationalError as error:
            raise _unusable(self.path, str(error), error.sqlite_errorcode & 0xFF) from error
        except sqlite3.DatabaseError as error:
            self._start_again(error)
            return None
        return row[0] if row else None

    def _open(self) -> sqlite3.Connection:
        try:
            return self._connect()
        except sqlite3.OperationalError as error:
            raise _unusable(self.path, str(error), error.sqlite_errorcode & 0xFF) from error
        except sqlite3.DatabaseError as error:
            self._set_aside(error)
            return self._connect()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=SECONDS_TO_WAIT, isolation_level=None)
        try:
            _write_ahead(connection)
            connection.execute("PRAGMA synchronous = NORMAL")
            _make_tables(connection)
        except sqlite3.DatabaseError:
            connection.close()
            raise
        return connection

    def _start_again(self, error: sqlite3.DatabaseError) -> None:
        self._connection.close()
        self._set_aside(error)
        self._connection = self._connect()

    def _set_aside(self, error: sqlite3.DatabaseError) -> None:
        aside = self.path.with_suffix(f".damaged-{os.getpid()}")
        warnings.warn(f"{self.path}: damaged ({error}); set aside as {aside.name}, a new cache is begun", stacklevel=2)
        self.path.replace(aside)
        for suffix in ("-wal", "-shm"):
            self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)


def _make_tables(connection: sqlite3.Connection) -> None:
    """Make what is not there; raises ``DatabaseError`` where there is anything else: a stranger's views and triggers run queries."""
    for table in _TABLES:
        connection.execute(table.replace("TABLE", "TABLE IF NOT EXISTS", 1))
    found = {text for (text,) in connection.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")}
    if found != {*_TABLES}:
        raise sqlite3.DatabaseError("other tables than ours")


def _write_ahead(connection: sqlite3.Connection) -> None:
    """With a write-ahead log a killed process leaves the file as it was after its last whole transaction.

    SQLite does not wait for another process that sets this at the same time, so that we must.
    """
    give_up = time.monotonic() + SECONDS_TO_WAIT
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > give_up:
                raise
            time.sleep(0.01)


def _key(digest: str, maker: str) -> bytes:
    return hashlib.sha256(f"{digest} {maker}".encode()).digest()[:16]


def _sealed(key: bytes, content: bytes) -> tuple[bytes, bytes]:
    return key, content + zlib.crc32(content, zlib.crc32(key)).to_bytes(CHECKSUM_BYTES)


def _unsealed(key: bytes, sealed: bytes) -> bytes | None:
    content = sealed[:-CHECKSUM_BYTES]
    return content if _sealed(key, content) == (key, sealed) else None


def _path_key(file: Path | str) -> bytes:
    return os.fsencode(file.absolute() if isinstance(file, Path) else file)


def _unusable(path: Path, cause: str, code: int = 0) -> DataDoctorError:
    return (IncompleteError if code in _RAN_OUT else DataDoctorError)(
        f"{path}: cannot use the cache: {cause}; free some space or choose another folder with --cache"
    )
