"""Walks a folder: every file in it, sorted by what it is to an image dataset, and what had to be left out."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from datadoctor.sources import SourceProblem

# fmt: off
EXTENSIONS = frozenset([
    ".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".png", ".apng", ".gif", ".bmp", ".dib", ".tif", ".tiff", ".webp", ".ppm",
    ".pgm", ".pbm", ".pnm", ".jp2", ".j2k", ".avif", ".avifs", ".ico",
    # Read where a package for them is installed, else reported with its name.
    ".heic", ".heif", ".hif", ".jxl",
])
# Pictures by their name, in formats that are not read.
FOREIGN = frozenset([
    ".svg", ".psd", ".xcf", ".eps", ".tga", ".exr", ".hdr", ".dcm", ".dng", ".cr2", ".nef", ".arw",
    ".raw", ".npy", ".nii",
])
# fmt: on


@dataclass(frozen=True, slots=True)
class Walk:
    """What lies below a folder.

    ``images``: paths relative to the folder, as lists of their parts, sorted. ``names_on_disk``: for a path with a name
    that is not UTF-8, its bytes.
    """

    images: list[tuple[str, ...]]
    names_on_disk: Mapping[str, bytes]
    problems: tuple[SourceProblem, ...]


@dataclass(slots=True)
class _Seen:
    images: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    folders: dict[tuple[int, int], str] = field(default_factory=dict)
    left_out: dict[str, list[str]] = field(default_factory=dict)

    def leave_out(self, cause: str, path: str) -> None:
        self.left_out.setdefault(cause, []).append(path)


def walk(root: Path) -> Walk:
    """Find every image below ``root``; folders behind links are entered too, each real folder once."""
    seen = _Seen()
    _walk(root, "", seen)
    # Links come last, so that a folder is listed where it really is and a loop finds it already listed.
    while seen.links:
        _walk(root, seen.links.pop(0), seen)
    names_on_disk: dict[str, bytes] = {}
    images = sorted(_named(seen, names_on_disk))
    return Walk(images, names_on_disk, tuple(_problems(seen.left_out)))


def escaped(name: str) -> str:
    """A name from the disk as valid text: bytes that are not UTF-8 become backslash escapes."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _walk(root: Path, start: str, seen: _Seen) -> None:
    pending = [start]
    while pending:
        folder = pending.pop()
        try:
            entries = _entries(root, folder, seen)
        except OSError as error:
            seen.leave_out(f"a folder that cannot be read: {error.strerror}", folder or ".")
            continue
        if not entries and folder:
            seen.leave_out("an empty folder", folder)
        for entry in entries:
            path = f"{folder}/{entry.name}" if folder else entry.name
            _sort_in(entry, path, pending, seen)


def _entries(root: Path, folder: str, seen: _Seen) -> list[os.DirEntry[str]]:
    status = os.stat(os.path.join(root, folder))  # noqa: PTH116, PTH118 - names from the disk stay text for speed
    identity = (status.st_dev, status.st_ino)
    if identity in seen.folders:
        seen.leave_out("a link to a folder that is already listed", folder)
        return []
    seen.folders[identity] = folder
    with os.scandir(os.path.join(root, folder)) as entries:  # noqa: PTH118
        return sorted(entries, key=lambda entry: entry.name)


def _sort_in(entry: os.DirEntry[str], path: str, pending: list[str], seen: _Seen) -> None:
    if entry.name.startswith("."):
        seen.leave_out("hidden", path)
    elif entry.is_dir():
        (seen.links if entry.is_symlink() else pending).append(path)
    else:
        extension = os.path.splitext(entry.name)[1].lower()  # noqa: PTH122
        if extension in EXTENSIONS:
            seen.images.append(path)
        elif extension in FOREIGN:
            seen.leave_out("of an image format that is not read; convert it to PNG or JPEG", path)
        else:
            seen.leave_out("not an image, by its extension", path)


def _named(seen: _Seen, names_on_disk: dict[str, bytes]) -> Iterator[tuple[str, ...]]:
    taken = set(seen.images)
    for path in seen.images:
        name = escaped(path)
        if name != path:
            # A UTF-8 name may look like another's escape.
            if name in taken:
                seen.leave_out("a name that is not UTF-8 and cannot be told from another; rename it", name)
                continue
            taken.add(name)
            names_on_disk[name] = os.fsencode(path)
        yield tuple(name.split("/"))


def _problems(left_out: Mapping[str, list[str]]) -> Iterator[SourceProblem]:
    """One problem for each cause, however many files it concerns."""
    for cause, paths in sorted(left_out.items()):
        names = sorted(escaped(path) for path in paths)
        extensions = sorted({os.path.splitext(name)[1].lower() or "without extension" for name in names})  # noqa: PTH122
        kinds = f" ({', '.join(extensions[:8])})" if cause.startswith("not an image") else ""
        more = f" and {len(names) - 1:,} more like it" if len(names) > 1 else ""
        yield SourceProblem(names[0], f"left out{more}: {cause}{kinds}")
