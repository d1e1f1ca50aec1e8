"""What a cache holds, by kind, and making it smaller: what was used longest ago goes first."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from datadoctor.cache import FILE_NAME
from datadoctor.cache.uses import USES_FILE, alone, open_uses
from datadoctor.errors import DataDoctorError, IncompleteError

# An audit that leaves the cache larger prunes it to this: a million images.
MOST_BYTES = 20 * 10**9
FROZEN = "frozen"
_AT_ONCE = 2_000
# Keys are hashes: what an entry is, its first bytes say.
_KIND = "CASE WHEN substr(content, 1, 1) = X'7B' THEN 'facts' WHEN substr(content, 1, 2) = X'FFD8' THEN 'thumbnails' ELSE 'arrays' END"


@dataclass(frozen=True, slots=True)
class Kind:
    """What is kept of one kind: how many entries, and their bytes."""

    kind: str
    entries: int
    bytes: int


def kinds(folder: Path) -> list[Kind]:
    """What the cache in this folder holds: 'facts', 'thumbnails' and 'arrays' of images, 'frozen' calibrations, and the rest."""
    found = [*_of_images(folder / FILE_NAME), *_of_frozen(folder / FROZEN)]
    files = [one for one in folder.rglob("*") if one.is_file() and not one.is_symlink()] if folder.is_dir() else []
    total = sum(one.stat().st_size for one in files)
    rest = max(0, total - sum(one.bytes for one in found))
    return [*found, Kind("the rest", 0, rest)] if found or rest else []


def size(folder: Path) -> int:
    """Bytes of what is in use, without what pruning has freed inside the file."""
    frozen = sum(one.bytes for one in _of_frozen(folder / FROZEN))
    file = folder / FILE_NAME
    if not file.is_file():
        return frozen
    with contextlib.closing(_opened(file)) as cache:
        return _used(cache) + frozen


def prune(folder: Path, most: int, shrink: bool = True) -> int:
    """Remove what was used longest ago until at most so many bytes are in use; returns how many were removed.

    ``shrink``: give the space back to the disk, which copies the file; else it is used again by later entries.
    Raises ``IncompleteError`` while another audit reads the cache.
    """
    if not folder.is_dir():
        return 0
    with alone(folder) as nobody:
        if not nobody:
            raise IncompleteError(f"{folder}: an audit or a gate reads this cache now; prune it when that has ended")
        before = size(folder)
        _prune_frozen(folder, most)
        if (folder / FILE_NAME).is_file():
            _prune_images(folder, most)
            if shrink:
                with contextlib.closing(_opened(folder / FILE_NAME)) as cache:
                    cache.execute("VACUUM")
        return before - size(folder)


def prune_if_large(folder: Path, most: int = MOST_BYTES) -> int:
    """What an audit does at its end: keep the cache within its limit, unless another reads it now."""
    try:
        return prune(folder, most, shrink=False) if size(folder) > most else 0
    except (IncompleteError, sqlite3.DatabaseError):
        return 0


def _prune_frozen(folder: Path, most: int) -> None:
    """Frozen calibrations, the least recently fetched first, as long as they alone are more than half of what may be."""
    found = sorted(_frozen(folder / FROZEN), key=lambda one: one.stat().st_mtime)
    total = sum(map(_folder_size, found))
    for one in found:
        if total <= most // 2:
            return
        total -= _folder_size(one)
        shutil.rmtree(one)


def _prune_images(folder: Path, most: int) -> None:
    """Entries, those never noted as used first, then by day."""
    target = most - sum(map(_folder_size, _frozen(folder / FROZEN)))
    open_uses(folder / USES_FILE).close()
    with contextlib.closing(_opened(folder / FILE_NAME)) as cache:
        count, used = int(cache.execute("SELECT count(*) FROM made").fetchone()[0]), _used(cache)
        if used <= target or not count:
            return
        cache.execute("ATTACH ? AS uses", (str(folder / USES_FILE),))
        cache.execute("CREATE TEMP TABLE oldest (place INTEGER PRIMARY KEY, key BLOB)")
        cache.execute(
            "INSERT INTO oldest (key) SELECT made.key FROM made LEFT JOIN uses.used ON made.key = used.key "
            "ORDER BY coalesce(day, 0), made.rowid"
        )
        step, done = max(1, min(_AT_ONCE, count // 20)), 0
        while done < count and _used(cache) > target:
            doomed = "SELECT key FROM oldest WHERE place > ? AND place <= ?"
            with cache:
                for table in ("main.made", "uses.used"):
                    cache.execute(f"DELETE FROM {table} WHERE key IN ({doomed})", (done, done + step))  # noqa: S608
            done += step


def _opened(file: Path) -> sqlite3.Connection:
    if file.is_symlink():
        raise DataDoctorError(f"{file}: a link; name the folder of the cache itself with --cache")
    return sqlite3.connect(file, timeout=10.0)


def _used(cache: sqlite3.Connection) -> int:
    pages, free, page = (
        cache.execute(f"PRAGMA main.{name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
    )
    return int((pages - free) * page)


def _of_images(file: Path) -> Iterator[Kind]:
    if file.is_file():
        with contextlib.closing(_opened(file)) as cache:
            rows = cache.execute(f"SELECT {_KIND}, count(*), sum(length(content)) FROM made GROUP BY 1 ORDER BY 1")  # noqa: S608
            yield from [Kind(str(kind), int(count), int(total)) for kind, count, total in rows]


def _of_frozen(folder: Path) -> Iterator[Kind]:
    found = _frozen(folder)
    if found:
        yield Kind("frozen", len(found), sum(map(_folder_size, found)))


def _frozen(folder: Path) -> list[Path]:
    return [one for one in folder.iterdir() if one.is_dir() and not one.is_symlink()] if folder.is_dir() else []


def _folder_size(folder: Path) -> int:
    return sum(one.stat().st_size for one in folder.iterdir() if one.is_file())
