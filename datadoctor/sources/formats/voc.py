"""Pascal VOC: an XML a photo, with an ``<object>`` for each object: ``<name>`` and ``<bndbox>`` in pixels. ImageNet's, too."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from xml.parsers import expat

from datadoctor.errors import DataDoctorError
from datadoctor.sources import Listing, SourceProblem, counted
from datadoctor.sources.box import Box
from datadoctor.sources.boxes import Annotations, Object, listing_of
from datadoctor.sources.boxes.photos import Photos, splits_of
from datadoctor.sources.formats import Format
from datadoctor.sources.places import Place
from datadoctor.sources.split_names import split_kinds

if TYPE_CHECKING:
    from datadoctor.config import Config

LOOKED_AT = 5
MOST_BYTES = 2**24
_EDGES = ("xmin", "ymin", "xmax", "ymax")


def fits(place: Place) -> str:
    """Why a place looks like Pascal VOC."""
    found = [path for path in place.named(".xml")[:LOOKED_AT] if b"<annotation" in place.start(path, 1024)]
    return f"{found[0]} is an <annotation>" if found else ""


def lists(place: Place, config: Config) -> Listing:
    """The objects of all XML files."""
    return listing_of(place, annotated(place), config.merge_spellings)


@dataclass
class Parsed:
    """An XML: ``objects`` as their texts by the names of elements; ``spans`` of the texts of their names, in bytes."""

    texts: dict[str, str] = field(default_factory=dict)
    objects: list[dict[str, str]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    spans: list[tuple[int, int]] = field(default_factory=list)


def parsed(content: bytes) -> Parsed:
    """What an XML says; raises ``ValueError`` where it is damaged, or declares entities, which no tool writes."""
    found, way, start = Parsed(), [], [0]
    text: list[str] = []
    parser = expat.ParserCreate()
    parser.buffer_text = True

    def begin(name: str, _: Any) -> None:
        way.append(name)
        text.clear()
        if len(way) == 2 and name == "object":
            found.objects.append({})
            found.lines.append(parser.CurrentLineNumber)
            found.spans.append((0, 0))
        start[0] = content.index(b">", parser.CurrentByteIndex) + 1

    def end(name: str) -> None:
        inside = way[1:2] == ["object"]
        value = "".join(text).strip()
        if inside and len(way) > 2 and way[2] != "part":
            found.objects[-1].setdefault(name, value)
            if way[2:] == ["name"]:
                found.spans[-1] = (start[0], parser.CurrentByteIndex)
        elif not inside:
            found.texts.setdefault(name, value)
        way.pop()
        text.clear()

    def refuse(*_: Any) -> None:
        raise ValueError("it declares entities")

    parser.StartElementHandler, parser.EndElementHandler = begin, end
    parser.CharacterDataHandler = text.append
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise ValueError(str(error)) from error
    return found


def class_spans(content: bytes) -> list[tuple[int, int]]:
    """Where in an XML the class of each object is written, as starts and ends in bytes."""
    return parsed(content).spans


@dataclass
class _Reading:
    objects: list[Object] = field(default_factory=list)
    photos: list[str] = field(default_factory=list)
    sizes: dict[str, tuple[int, int]] = field(default_factory=dict)
    problems: list[SourceProblem] = field(default_factory=list)


def annotated(place: Place) -> Annotations:
    """What all XML files say; one that is damaged is a problem, and the rest goes on."""
    files = place.named(".xml")
    if not files:
        raise DataDoctorError(f"{place}: no XML in it; Pascal VOC has one a photo")
    photos, reading = Photos(place.walk.images), _Reading()
    for path in files:
        _read(place, path, photos, reading)
    about = set(reading.photos)
    if place.whole:
        reading.problems += [
            SourceProblem(photo, "no XML is about this photo", photo) for photo in photos.paths if photo not in about
        ]
    sets = _image_sets(place)
    return Annotations(
        reading.objects,
        reading.photos,
        frozenset([*files, *(path for path, _ in sets)]),
        _splits(place, reading.photos, sets),
        reading.sizes,
        problems=reading.problems,
        phrases=[f"Pascal VOC: {counted(len(files), 'XML file')}"],
    )


def _read(place: Place, path: str, photos: Photos, reading: _Reading) -> None:
    content = place.start(path, MOST_BYTES)
    try:
        found = parsed(content)
    except (ValueError, LookupError) as error:
        reading.problems.append(SourceProblem(path, f"left out: not XML that can be read: {error}"))
        return
    photo = photos.find(path[:-4], path) or photos.find(found.texts.get("filename", ""), path)
    if photo is None:
        reading.problems.append(SourceProblem(path, "left out: annotations of a photo that is not there"))
        return
    reading.photos.append(photo)
    width, height = (_number(found.texts.get(name, "")) for name in ("width", "height"))
    if width is not None and height is not None:
        reading.sizes[photo] = (int(width), int(height))
    for number, (one, line) in enumerate(zip(found.objects, found.lines, strict=True)):
        edges = [_number(one.get(name, "")) for name in _EDGES]
        there = Object(photo, one.get("name", ""), Box(0, 0, 0, 0), path, number, line)
        if None in edges:
            reading.problems.append(
                SourceProblem(there.where, "left out: an object without a box of four numbers", photo)
            )
            continue
        left, top, right, bottom = (edge for edge in edges if edge is not None)
        box = Box(left, top, right, bottom)
        reading.objects.append(Object(photo, one.get("name", ""), box, path, number, line))


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if abs(value) < 1e9 else None


def _image_sets(place: Place) -> list[tuple[str, str]]:
    """The lists of names in ``ImageSets/Main``, with the splits that their names are."""
    lists_ = [path for path in place.walk.others if "ImageSets/" in path and path.endswith(".txt")]
    kinds = split_kinds([posixpath.basename(path)[:-4] for path in lists_])
    named = [(path, kinds.get(posixpath.basename(path)[:-4], "")) for path in lists_]
    return [(path, kind) for path, kind in named if kind and not posixpath.basename(path).startswith("trainval")]


def _splits(place: Place, photos: list[str], sets: list[tuple[str, str]]) -> dict[str, str]:
    """The split of each photo by the lists of names, else by the folders."""
    listed = {name: split for path, split in sets for name in _names(place.start(path, MOST_BYTES))}
    found = {photo: listed.get(posixpath.splitext(posixpath.basename(photo))[0], "") for photo in photos}
    return {photo: split for photo, split in found.items() if split} or splits_of(photos)


def _names(content: bytes) -> Iterator[str]:
    for line in content.decode("utf-8", "replace").splitlines():
        # 'name -1' says that it does not hold the class of the list.
        yield from line.split()[:1]


VOC = Format(
    "voc",
    "Pascal VOC: objects with boxes",
    "JPEGImages/a.jpg, Annotations/a.xml: <annotation>… <object><name>cat</name><bndbox><xmin>10</xmin>…",
    fits,
    lists,
    annotated,
    class_spans,
)
