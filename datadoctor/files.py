"""Files that are there whole, old or new, whatever happens while they are written; and links that go on showing what they show."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import stat
from pathlib import Path

from datadoctor.errors import DataDoctorError


def write_whole(file: Path, content: bytes) -> None:
    """Replace a file: the new content is on the disk before it gets the file's name. Permissions stay.

    A link of that name is replaced, not written through: where it should be, give ``real(file)``.
    """
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


def same_entry(a: Path, b: Path) -> bool:
    """Whether two names are one file, or two links that show one file: what a move that was cut short leaves."""
    try:
        one, other = a.lstat(), b.lstat()
    except OSError:
        return False
    if stat.S_ISLNK(one.st_mode) and stat.S_ISLNK(other.st_mode):
        return real(a) == real(b)
    return os.path.samestat(one, other)


def real(file: Path) -> Path:
    """The path behind all links; a loop of links ends at one of them."""
    return Path(os.path.realpath(file))


def link_text(file: Path) -> str:
    """What a link says, '' if it is none."""
    return os.readlink(file) if file.is_symlink() else ""  # noqa: PTH115 - a Path would tidy the text


def relinked(text: str, source: Path, target: Path) -> str:
    """The text with which a link at ``target`` shows what a link of ``text`` at ``source`` shows."""
    if Path(text).is_absolute():
        return text
    shown = Path(real(source.parent), text)
    tidy = Path(os.path.normpath(shown))
    # Behind a link to a folder, `..` leads elsewhere than the text suggests.
    return os.path.relpath(tidy if real(tidy) == real(shown) else real(shown), real(target.parent))


def check_inside(file: Path, folder: Path, follow_links: bool | None = None) -> None:
    """Raises ``DataDoctorError`` where links lead what would be written out of the folder that it is named in.

    ``follow_links``: whether it may; None where there is no option to say so.
    """
    there = real(file)
    if not (follow_links or there.is_relative_to(real(folder))):
        raise DataDoctorError(
            f"{file}: a link that leads out of {folder}, to {there}: nothing is written through it; name the place itself"
            + ("" if follow_links is None else ", or add --follow-links")
        )


def standing(folder: Path) -> Path:
    """The folder, or the nearest above it that is there; raises ``OSError`` where that is none and so none can be made."""
    while not os.path.lexists(folder):
        folder = folder.parent
    os.scandir(folder).close()
    return folder


def remove_if_empty(folder: Path, root: Path) -> None:
    """Remove a folder below ``root`` that holds nothing any more, and those above it that then hold nothing."""
    while folder != root:
        try:
            folder.rmdir()
        except OSError:  # it holds something, if only a file that is no image; or it is a link
            return
        folder = folder.parent


def digest(file: Path) -> str:
    """sha256 hex of a file's bytes, '' if there is none. Raises ``OSError`` where it cannot be read."""
    if not file.is_file():
        return ""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def digest_if_readable(file: Path) -> str:
    """sha256 hex of a file's bytes, '' if they cannot be read."""
    try:
        return digest(file)
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
