"""Formats: what a source can be besides folders and manifests of images. One file a format, chosen by looking at what lies there."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from datadoctor.errors import DataDoctorError
from datadoctor.sources.places import Place

if TYPE_CHECKING:
    from datadoctor.config import Config
    from datadoctor.sources import Listing
    from datadoctor.sources.boxes import Annotations


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


def place_of(source: Path, wanted: str | None = None) -> Place:
    """What a user named, if it is there or not; of archives what is in them, but for those of samples. ``wanted``: a format's name."""
    from datadoctor.sources.formats.webdataset import WEBDATASET, samples_of
    from datadoctor.sources.packed.place import Packed, archives_of

    place = Place(source.parent, source) if source.is_file() else Place(source)
    archives = archives_of(place)
    samples = wanted == WEBDATASET.name or (wanted is None and archives and samples_of(place, archives[0]))
    return Packed(place.root, None, tuple(archives), place) if archives and not samples else place


def fitting(place: Place, wanted: str | None) -> Format | None:
    """The format to read a place as, None for folders of images; raises ``DataDoctorError`` where several fit, or none that is wanted."""
    from datadoctor.sources.formats.archive import ARCHIVE
    from datadoctor.sources.packed.place import Packed

    known = {one.name: one for one in formats()}
    if wanted in known:
        return known[wanted]
    reasons = {name: why for name, one in known.items() if (why := one.fits(place))}
    if len(reasons) > 1:
        said = "; ".join(f"{name} ({why})" for name, why in reasons.items())
        raise DataDoctorError(f"{place}: can be read as {said}; say which with --source-format {' or '.join(reasons)}")
    if not reasons:
        return ARCHIVE if isinstance(place, Packed) else None
    return known[next(iter(reasons))]
