"""Formats: what a source can be besides folders and manifests of images. One file a format, chosen by looking at what lies there."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from datadoctor.errors import DataDoctorError
from datadoctor.sources.walk import Walk, walk

if TYPE_CHECKING:
    from datadoctor.config import Config
    from datadoctor.sources import Listing
    from datadoctor.sources.boxes import Annotations


@dataclass(frozen=True)
class Place:
    """What a user named: a folder, or one ``file`` of one. ``root``: the folder."""

    root: Path
    file: Path | None = None

    @cached_property
    def walk(self) -> Walk:
        """What lies in the folder."""
        return walk(self.root)

    def named(self, *suffixes: str) -> list[str]:
        """The files below the root with one of these extensions that are no images; only the file that was named, if one was."""
        if self.file is not None:
            return [self.file.name] if self.file.name.lower().endswith(suffixes) else []
        return [path for path in self.walk.others if path.lower().endswith(suffixes)]

    def start(self, path: str, n_bytes: int = 4096) -> bytes:
        """The first bytes of a file below the root, none where it cannot be read."""
        file = self.root / path
        try:
            if not file.is_file():
                return b""
            with file.open("rb") as stream:
                return stream.read(n_bytes)
        except OSError:
            return b""


@dataclass(frozen=True, slots=True)
class Format:
    """``fits`` says in words why a place looks like this format, '' where it does not; ``lists`` reads it.

    ``example``: how it lies on a disk, in a line or two. ``name`` is what ``--source-format`` takes.
    Formats with boxes that can be written have ``annotated``, what all files say, and ``class_spans``: where in the content of a
    file the class of each of its objects is, in bytes.
    """

    name: str
    title: str
    example: str
    fits: Callable[[Place], str]
    lists: Callable[[Place, Config], Listing]
    annotated: Callable[[Place], Annotations] | None = None
    class_spans: Callable[[bytes], list[tuple[int, int]]] | None = None


def formats() -> Iterator[Format]:
    """All of them, by name."""
    for name in sorted(module.name for module in pkgutil.iter_modules(__path__)):
        values = vars(importlib.import_module(f"{__name__}.{name}")).values()
        yield from (value for value in values if isinstance(value, Format))


def place_of(source: Path) -> Place:
    """What a user named, if it is there or not."""
    return Place(source.parent, source) if source.is_file() else Place(source)


def fitting(place: Place, wanted: str | None) -> Format | None:
    """The format to read a place as, None for folders of images; raises ``DataDoctorError`` where several fit, or none that is wanted."""
    known = {one.name: one for one in formats()}
    if wanted in known:
        return known[wanted]
    reasons = {name: why for name, one in known.items() if (why := one.fits(place))}
    if len(reasons) > 1:
        said = "; ".join(f"{name} ({why})" for name, why in reasons.items())
        raise DataDoctorError(
            f"{place.file or place.root}: can be read as {said}; say which with --source-format {' or '.join(reasons)}"
        )
    return known[next(iter(reasons))] if reasons else None
