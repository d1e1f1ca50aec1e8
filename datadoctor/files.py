"""Files that are there whole, old or new, whatever happens while they are written; and what may be opened at all."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Callable
from pathlib import Path

from datadoctor.console import shown
from datadoctor.errors import DataDoctorError
from datadoctor.faults import fault_of, why
from datadoctor.links import same_entry


def write_whole(file: Path, content: bytes) -> None:
    """Replace a file: the new content is on the disk before it gets the file's name. Permissions stay.

    A link of that name is replaced, not written through: where it should be, give ``real(file)``.
    """
    import secrets
    import shutil

    check_replaceable(file)
    file.parent.mkdir(parents=True, exist_ok=True)
    # A name nobody can have put a link under, and a mode that follows none.
    unfinished = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    try:
        with unfinished.open("xb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        if file.is_file():
            shutil.copymode(file, unfinished)
        unfinished.replace(file)
    finally:
        unfinished.unlink(missing_ok=True)
    _sync_folder(file.parent)


def check_replaceable(file: Path) -> None:
    """Raises ``DataDoctorError`` for a folder or device of this name, in whose place no file may be put."""
    if file.exists() and not file.is_file():
        raise DataDoctorError(f"{file}: a folder or device, and no file is put in its place; name a file")


def move(source: Path, target: Path, link: str = "") -> None:
    """Give a file another name; raises ``FileExistsError`` rather than replace another. A crash leaves one name or both.

    ``link``: the text of the link at the new name, where the file is one: see ``relinked``.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    if not same_entry(source, target):
        if link:
            target.symlink_to(link)
        else:
            os.link(source, target)
    _sync_folder(target.parent)
    source.unlink()
    _sync_folder(source.parent)


def remove_if_empty(folder: Path, root: Path) -> None:
    """Remove a folder below ``root`` that holds nothing any more, and those above it that then hold nothing."""
    while folder != root:
        try:
            folder.rmdir()
        except OSError:  # it holds something, if only a file that is no image; or it is a link
            return
        folder = folder.parent


def digest(file: Path) -> str:
    """sha256 hex of a file's bytes, '' if there is none."""
    try:
        if not file.is_file():
            return ""
        with regular(file).open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(file)) from error  # reading names no file


class NotRegularError(OSError):
    """A pipe, socket or device where a file is needed."""

    def __str__(self) -> str:
        """The cause alone, as a person would word it."""
        return str(self.strerror)


def regular(file: Path) -> Path:
    """The file, if it is a regular one, links followed; raises ``OSError`` with the cause.

    To be asked before anything that a user named is opened: a pipe or a device may be waited for, or read, for ever.
    """
    try:
        mode = file.stat().st_mode
    except ValueError as error:  # a null character
        raise OSError(errno.EINVAL, str(error), str(file)) from error
    if stat.S_ISREG(mode):
        return file
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, "is a folder, not a file", str(file))
    raise NotRegularError(errno.EINVAL, f"is not a regular file but {_kind(mode)}", str(file))


def check_utf8(*paths: Path) -> None:
    """Raise ``DataDoctorError`` for a name that cannot be written down: what is made of it is text, and names it."""
    for path in paths:
        name = str(path)
        if "\0" in name or name != os.fsencode(path).decode("utf-8", "replace"):
            raise DataDoctorError(
                f"{shown(name)}: a name that is not UTF-8; rename it, or make a link to it (ln -s) and give that"
            )


def check_file_can_be_read(file: Path) -> None:
    """Raise ``DataDoctorError`` if this is no regular file or cannot be read; to be asked before any work."""
    _check(file, "read", lambda: _try_reading(file))


def check_file_can_be_written(file: Path) -> None:
    """Raise ``DataDoctorError`` if a file of this name cannot be written; to be asked before any work."""
    _check(file, "written", lambda: _try_file(file))


def check_folder_can_be_written(folder: Path) -> None:
    """Raise ``DataDoctorError`` if files cannot be written into this folder, made if need be; before any work."""
    _check(folder, "written", lambda: _try_folder(folder))


def _check(place: Path, done: str, attempt: Callable[[], None]) -> None:
    try:
        attempt()
    except OSError as error:
        fault = fault_of(OSError(error.errno, f"cannot be {done}: {why(error)}", str(place)))
        raise fault or error from error


def _try_reading(file: Path) -> None:
    with regular(file).open("rb") as stream:
        stream.read(1)


def _try_file(file: Path) -> None:
    if file.is_dir():
        raise IsADirectoryError(errno.EISDIR, "is a folder")
    if file.exists():
        regular(file)
        if not os.access(file, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    _try_folder(file.parent, file.name)


def _try_folder(folder: Path, name: str = "x") -> None:
    """Write into a folder of another name that is made in the nearest one that is there: nothing is left, nobody disturbed."""
    import tempfile

    there = next(one for one in (folder, *folder.parents) if os.path.lexists(one))
    if not there.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, f"{there} is no folder")
    with tempfile.TemporaryDirectory(prefix=".datadoctor-", dir=there) as trial:
        inside = Path(trial, folder.relative_to(there))
        inside.mkdir(parents=True, exist_ok=True)
        (inside / name).write_bytes(b"")


def _kind(mode: int) -> str:
    names = {stat.S_IFIFO: "a pipe", stat.S_IFSOCK: "a socket", stat.S_IFCHR: "a device", stat.S_IFBLK: "a device"}
    return names.get(stat.S_IFMT(mode), "something else")


def digest_if_readable(file: Path) -> str:
    """sha256 hex of a file's bytes, '' if they cannot be read."""
    try:
        with regular(file).open("rb") as stream:
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
