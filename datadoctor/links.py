"""Links: what they show, and where they lead what is written."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from datadoctor.errors import DataDoctorError


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


def same_entry(a: Path, b: Path) -> bool:
    """Whether two names are one file, or two links that show one file: what a move that was cut short leaves."""
    try:
        one, other = a.lstat(), b.lstat()
    except OSError:
        return False
    if stat.S_ISLNK(one.st_mode) and stat.S_ISLNK(other.st_mode):
        return real(a) == real(b)
    return os.path.samestat(one, other)


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
