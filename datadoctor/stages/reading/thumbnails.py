"""Thumbnails of a run: one SQLite file, digest to JPEG."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from threading import Lock

from datadoctor.errors import DataDoctorError

TABLE = "CREATE TABLE thumbnails (digest TEXT PRIMARY KEY, jpeg BLOB NOT NULL)"


class Thumbnails:
    """Reads the thumbnails of a run directory."""

    def __init__(self, path: Path) -> None:
        """``path``: ``artifacts/thumbnails.sqlite`` of a run directory. Raises ``DataDoctorError`` if it is not there."""
        if not path.is_file():
            raise DataDoctorError(f"{path}: not there; run the audit again")
        self._path = path
        # Several threads may ask, one after the other.
        self._lock = Lock()
        self._connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, check_same_thread=False)
        tables = self._rows("SELECT sql FROM sqlite_master WHERE type != 'index'")
        if tables != [(TABLE,)]:  # a view could hold a query that never ends
            raise self._damaged("another table, or a view")

    def get(self, digest: str) -> bytes | None:
        """The JPEG of the image whose bytes have this digest, None for unreadable images."""
        rows = self._rows("SELECT jpeg FROM thumbnails WHERE digest = ?", digest)
        return rows[0][0] if rows and isinstance(rows[0][0], bytes) else None

    def every(self) -> Iterator[tuple[str, bytes]]:
        """All, as digest and JPEG, without holding them at once."""
        try:
            yield from self._connection.execute("SELECT digest, jpeg FROM thumbnails ORDER BY rowid")
        except sqlite3.DatabaseError as error:
            raise self._damaged(str(error)) from error

    def _rows(self, query: str, *values: str) -> list[tuple[object, ...]]:
        try:
            with self._lock:
                return self._connection.execute(query, values).fetchall()
        except sqlite3.DatabaseError as error:
            raise self._damaged(str(error)) from error

    def _damaged(self, cause: str) -> DataDoctorError:
        return DataDoctorError(f"{self._path}: not the thumbnails of an audit: {cause}; run the audit again")


class ThumbnailWriter:
    """Writes thumbnails beside ``path``, which appears whole on ``finish``."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._unfinished = path.with_name(f"{path.name}.unfinished")
        self._unfinished.unlink(missing_ok=True)
        self._connection = sqlite3.connect(self._unfinished)
        # The file is renamed when whole and made again when not, so it needs no journal of its own.
        self._connection.execute("PRAGMA journal_mode = OFF")
        self._connection.execute("PRAGMA synchronous = OFF")
        self._connection.execute(TABLE)

    def put(self, digest: str, jpeg: bytes) -> None:
        """Add one; a digest that is there keeps its thumbnail."""
        self._connection.execute("INSERT OR IGNORE INTO thumbnails VALUES (?, ?)", (digest, jpeg))

    def finish(self) -> Thumbnails:
        """Close and put in place."""
        self._connection.commit()
        self._connection.close()
        self._unfinished.replace(self._path)
        return Thumbnails(self._path)
