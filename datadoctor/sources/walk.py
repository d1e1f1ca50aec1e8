"""Walks a folder: every file in it, sorted by what it is to an image dataset, and what had to be left out."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from datadoctor.findings import Severity
from datadoctor.sources import SourceProblem, counted, listed
from datadoctor.sources.own import images_below, own_kind

# fmt: off
EXTENSIONS = frozenset([
    ".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".png", ".apng", ".gif", ".bmp", ".dib", ".tif", ".tiff", ".webp", ".ppm",
    ".pgm", ".pbm", ".pnm", ".jp2", ".j2k", ".avif", ".avifs", ".ico",
    # Read where a package for them is installed, else reported with its name.
    ".heic", ".heif", ".hif", ".jxl", ".dcm", ".dicom",
])
# Pictures by their name, in formats that are not read.
FOREIGN = frozenset([
    ".svg", ".psd", ".xcf", ".eps", ".tga", ".exr", ".hdr", ".dng", ".cr2", ".nef", ".arw",
    ".raw", ".npy", ".nii",
])
# fmt: on
VIDEOS = (
    ".mp4",
    ".m4v",
    ".mov",
    ".avi",
    ".mkv",
    ".webm",
    ".mpg",
    ".mpeg",
    ".wmv",
    ".flv",
    ".3gp",
    ".ogv",
    ".mts",
    ".m2ts",
)  # fmt: skip
NO_IMAGE = "not an image, by its extension"
VIDEO_HINT = "; --source-format video reads the frames of videos, and no images"
# Tables that list the images beside them, as Hugging Face's image folders have them.
METADATA = ("metadata.csv", "metadata.jsonl", "metadata.parquet")


@dataclass(frozen=True, slots=True)
class Walk:
    """What lies below a folder.

    ``images``: paths relative to the folder, as lists of their parts, sorted. ``names_on_disk``: for a path with a name
    that is not UTF-8, its bytes. ``own``: phrases on what this program wrote there and is left out; ``tables``: paths of files with
    the names of ``METADATA``, which list the images beside them; ``others``: of files that are no images.
    """

    images: list[tuple[str, ...]]
    names_on_disk: Mapping[str, bytes]
    problems: tuple[SourceProblem, ...]
    own: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    others: tuple[str, ...] = ()

    def problems_without(self, used: Collection[str]) -> Iterator[SourceProblem]:
        """The problems, where the files ``used`` were read after all."""
        for problem in self.problems:
            if NO_IMAGE not in problem.cause:
                yield problem
        yield from left_out_by_extension([path for path in self.others if path not in used])


@dataclass(slots=True)
class _Seen:
    images: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    folders: dict[tuple[int, int], str] = field(default_factory=dict)
    left_out: dict[str, list[str]] = field(default_factory=dict)
    own: dict[str, list[str]] = field(default_factory=dict)
    tables: list[str] = field(default_factory=list)

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
    problems = (*_own_problems(root, seen.own), *_problems(seen.left_out))
    own = tuple(
        f"{listed(f'`{escaped(path)}/`' for path in paths)} left out: {kind}"
        for kind, paths in sorted(seen.own.items())
    )
    others = tuple(sorted(map(escaped, seen.left_out.get(NO_IMAGE, ()))))
    return Walk(images, names_on_disk, problems, own, tuple(sorted(seen.tables)), others)


def is_image_path(path: str) -> bool:
    """Whether a walk that comes across a file of this path takes it for an image."""
    parts = path.split("/")
    hidden = any(part.startswith(".") for part in parts)
    return not hidden and os.path.splitext(parts[-1])[1].lower() in EXTENSIONS  # noqa: PTH122


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
        kind = own_kind(root / folder, {entry.name for entry in entries}) if folder else ""
        if kind:
            seen.own.setdefault(kind, []).append(folder)
            continue
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
    elif _is_folder(entry):
        (seen.links if entry.is_symlink() else pending).append(path)
    else:
        extension = os.path.splitext(entry.name)[1].lower()  # noqa: PTH122
        if extension in EXTENSIONS:
            seen.images.append(path)
        elif extension in FOREIGN:
            seen.leave_out("of an image format that is not read; convert it to PNG or JPEG", path)
        elif entry.name.lower() in METADATA:
            seen.tables.append(path)
        elif extension == ".dvc":
            seen.leave_out("tracked by DVC: if what it stands for is not here, run `dvc pull`", path)
        else:
            seen.leave_out(NO_IMAGE, path)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a loop of links: no folder; as an image it cannot be read, and its finding says why
        return False


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


def _own_problems(root: Path, own: Mapping[str, list[str]]) -> Iterator[SourceProblem]:
    for kind, folders in sorted(own.items()):
        n_images = sum(images_below(root / folder, EXTENSIONS) for folder in folders)
        more = f" and {len(folders) - 1:,} more like it" if len(folders) > 1 else ""
        yield SourceProblem(
            escaped(folders[0]), f"left out{more}: {kind} ({counted(n_images, 'image')} in it)", severity=Severity.INFO
        )


def left_out_by_extension(paths: Sequence[str]) -> Iterator[SourceProblem]:
    """One problem for all files that are no images, none where there are none."""
    return _problems({NO_IMAGE: paths} if paths else {})


def _problems(left_out: Mapping[str, Sequence[str]]) -> Iterator[SourceProblem]:
    """One problem for each cause, however many files it concerns."""
    for cause, paths in sorted(left_out.items()):
        names = sorted(escaped(path) for path in paths)
        extensions = sorted({os.path.splitext(name)[1].lower() or "without extension" for name in names})  # noqa: PTH122
        kinds = f" ({', '.join(extensions[:8])})" if cause == NO_IMAGE else ""
        kinds += VIDEO_HINT if kinds and any(name.lower().endswith(VIDEOS) for name in names) else ""
        more = f" and {len(names) - 1:,} more like it" if len(names) > 1 else ""
        yield SourceProblem(names[0], f"left out{more}: {cause}{kinds}")
