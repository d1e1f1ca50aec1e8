"""Files that are there whole, old or new, whatever happens while they are written."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path


def write_whole(file: Path, content: bytes) -> None:
    """Replace a file: the new content is on the disk before it gets the file's name. Permissions stay."""
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with unfinished.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        if file.exists():
            shutil.copymode(file, unfinished)
        unfinished.replace(file)
    finally:
        unfinished.unlink(missing_ok=True)
    _sync_folder(file.parent)


def move(source: Path, target: Path) -> None:
    """Give a file another name; raises ``FileExistsError`` rather than replace another. A crash leaves one name or both."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if not (target.exists() and target.samefile(source)):
        os.link(source, target)
    _sync_folder(target.parent)
    source.unlink()
    _sync_folder(source.parent)


def remove_if_empty(folder: Path, root: Path) -> None:
    """Remove a folder below ``root`` that holds nothing any more, and those above it that then hold nothing."""
    while folder != root:
        try:
            folder.rmdir()
        except OSError:  # it holds something, if only a file that is no image
            return
        folder = folder.parent


def digest(file: Path) -> str:
    """sha256 hex of a file's bytes, '' if there is none."""
    return hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else ""


def digest_if_readable(file: Path) -> str:
    """sha256 hex of a file's bytes, '' if they cannot be read."""
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except (OSError, ValueError):
        return ""


def _sync_folder(folder: Path) -> None:
    # Some systems cannot open folders: there, a name may be lost with the power, but never half a file.
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
