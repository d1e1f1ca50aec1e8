"""COCO: a JSON with ``images``, ``annotations`` (``bbox``: left, top, width, height in pixels) and ``categories``."""

from __future__ import annotations

import json
import math
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from datadoctor.errors import DataDoctorError
from datadoctor.findings import Severity
from datadoctor.sources import Listing, SourceProblem
from datadoctor.sources.box import Box
from datadoctor.sources.boxes import Annotations, Object, listing_of
from datadoctor.sources.boxes.photos import Photos, splits_by_files
from datadoctor.sources.formats import Format
from datadoctor.sources.places import Place

if TYPE_CHECKING:
    from datadoctor.config import Config

_BEGINS = re.compile(rb'^(?:\xef\xbb\xbf)?\s*\{\s*"(?:info|images|annotations|categories|licenses|type)"\s*:')
_DECODER = json.JSONDecoder()
_BLANK = re.compile(r"[ \t\r\n]*")
_BOM = "\xef\xbb\xbf"


def fits(place: Place) -> str:
    """Why a place looks like COCO."""
    found = [path for path in place.named(".json") if _BEGINS.match(place.start(path))]
    return f"{found[0]} has images and annotations" if found else ""


def lists(place: Place, config: Config) -> Listing:
    """The objects of all files."""
    return listing_of(place, annotated(place), config.merge_spellings)


@dataclass
class _Reading:
    """What is gathered while files are read."""

    objects: list[Object] = field(default_factory=list)
    photos_of: dict[str, list[str]] = field(default_factory=dict)
    sizes: dict[str, tuple[int, int]] = field(default_factory=dict)
    written: dict[str, dict[str, str]] = field(default_factory=dict)
    problems: list[SourceProblem] = field(default_factory=list)
    polygons: int = 0


def annotated(place: Place) -> Annotations:
    """What all files of the place say; raises ``DataDoctorError`` where one is damaged."""
    files = [path for path in place.named(".json") if _BEGINS.match(place.start(path))]
    if not files:
        raise DataDoctorError(f"{place}: no COCO file in it; COCO is a JSON with images and annotations")
    photos, reading = Photos(place.walk.images), _Reading()
    for path in files:
        _read(path, place.content(path), photos, reading)
    listed = [photo for found in reading.photos_of.values() for photo in found]
    left = sorted(set(photos.paths) - set(listed)) if place.whole else []
    reading.problems += [SourceProblem(photo, "no COCO file lists this photo", photo) for photo in left]
    phrases = [f"COCO: {', '.join(files[:3])}{' …' if len(files) > 3 else ''}"]
    phrases += [f"{reading.polygons:,} outlines taken as their boxes"] if reading.polygons else []
    return Annotations(
        reading.objects, listed, frozenset(files), splits_by_files(reading.photos_of), reading.sizes, reading.written,
        reading.problems, phrases,
    )  # fmt: skip


def _read(path: str, content: bytes, photos: Photos, reading: _Reading) -> None:
    text = content.decode("latin-1")
    try:
        spans = dict(_members(text, len(_BOM) if text.startswith(_BOM) else 0))
        images, categories = (_value(content, spans.get(name)) for name in ("images", "categories"))
        elements = list(_elements(text, spans["annotations"][0])) if "annotations" in spans else []
    except (ValueError, RecursionError, IndexError) as error:
        raise DataDoctorError(f"{path}: not a COCO file that can be read: {error}; write it again") from error
    if not isinstance(images, list) or not isinstance(categories, list):
        raise DataDoctorError(f"{path}: images and categories of a COCO file are lists; write it again")
    names = _category_names(path, categories, reading)
    photo_of = _photos(path, images, photos, reading)
    lines = [place.start() for place in re.finditer("\n", text)]
    for number, (start, value) in enumerate(elements):
        found = _object(value, path, number, bisect_right(lines, start) + 1, names, photo_of, reading)
        if found:
            reading.objects.append(found)


def _category_names(path: str, categories: list[Any], reading: _Reading) -> dict[Any, str]:
    pairs = [(one.get("id"), str(one.get("name", ""))) for one in categories if isinstance(one, dict)]
    doubled = [name for name, count in Counter(name for _, name in pairs).items() if count > 1]
    for name in doubled:
        reading.problems.append(SourceProblem(path, f"several categories are called '{name}': they are one class here"))
    reading.written[path] = {name: json.dumps(id_) for id_, name in reversed(pairs)}
    return {_key(id_): name for id_, name in pairs}


def _photos(path: str, images: list[Any], photos: Photos, reading: _Reading) -> dict[Any, str]:
    """The photo of each image id."""
    found: dict[Any, str] = {}
    reading.photos_of[path] = []
    for one in images:
        if not isinstance(one, dict) or "id" not in one:
            reading.problems.append(SourceProblem(path, "an image without an id: left out"))
            continue
        name = str(one.get("file_name", ""))
        photo = photos.find(name, path)
        if photo is None:
            reading.problems.append(
                SourceProblem(path, "an image that is not there, or in several places: left out", name)
            )
            continue
        if _key(one["id"]) in found:
            reading.problems.append(SourceProblem(path, "two images have one id: the first is taken", photo))
            continue
        found[_key(one["id"])] = photo
        reading.photos_of[path].append(photo)
        width, height = one.get("width"), one.get("height")
        if isinstance(width, int | float) and isinstance(height, int | float):
            reading.sizes[photo] = (int(width), int(height))
    return found


def _object(
    value: Any,
    path: str,
    number: int,
    line: int,
    names: Mapping[Any, str],
    photo_of: Mapping[Any, str],
    reading: _Reading,
) -> Object | None:
    where = f"{path}:{line}"

    def problem(cause: str, photo: str = "", severity: Severity = Severity.WARNING) -> Object | None:
        reading.problems.append(SourceProblem(where, cause, photo, severity))
        return None

    if not isinstance(value, dict):
        return problem("left out: an annotation that is no object")
    photo = photo_of.get(_key(value.get("image_id")))
    if photo is None:
        return problem("left out: an annotation of an image that is not listed, or not there")
    if value.get("iscrowd") in (1, True):
        return problem("left out: a crowd (`iscrowd`), not one object", photo, Severity.INFO)
    box = _box(value, reading)
    if box is None:
        return problem("left out: an annotation without a box of four numbers", photo)
    label = names.get(_key(value.get("category_id")), "")
    if not label:
        problem(
            f"no category has the id {json.dumps(value.get('category_id'))}: the object counts as unlabelled", photo
        )
    return Object(photo, label, box, path, number, line)


def _box(value: Mapping[str, Any], reading: _Reading) -> Box | None:
    numbers = value.get("bbox")
    if not isinstance(numbers, list) or not numbers:
        outline = value.get("segmentation")
        points = [n for part in outline for n in part] if outline and _is_outline(outline) else []
        if len(points) < 6:
            return None
        reading.polygons += 1
        return Box(min(points[::2]), min(points[1::2]), max(points[::2]), max(points[1::2]))
    if len(numbers) != 4 or not all(isinstance(n, int | float) and math.isfinite(n) for n in numbers):
        return None
    left, top, width, height = numbers
    return Box(left, top, left + width, top + height)


def _is_outline(outline: Any) -> bool:
    parts = outline if isinstance(outline, list) else []
    return bool(parts) and all(isinstance(p, list) and all(isinstance(n, int | float) for n in p) for p in parts)


def _key(id_: Any) -> Any:
    """An id as it is compared: 1, 1.0 and '1' are one."""
    if isinstance(id_, float) and id_.is_integer():
        return str(int(id_))
    return str(id_)


def class_spans(content: bytes) -> list[tuple[int, int]]:
    """Where in a file the class of each annotation is written, as starts and ends in bytes."""
    text = content.decode("latin-1")
    start = dict(_members(text, len(_BOM) if text.startswith(_BOM) else 0))["annotations"][0]
    return [dict(_members(text, one))["category_id"] for one, _ in _elements(text, start)]


def _value(content: bytes, span: tuple[int, int] | None) -> Any:
    return json.loads(content[span[0] : span[1]].decode("utf-8")) if span else []


def _members(text: str, at: int) -> Iterator[tuple[str, tuple[int, int]]]:
    """The names in a JSON object, with start and end of their values."""
    at = _expect(text, _skip(text, at), "{")
    while text[at] != "}":
        name, at = _DECODER.raw_decode(text, at)
        start = _skip(text, _expect(text, _skip(text, at), ":"))
        _, end = _DECODER.raw_decode(text, start)
        yield name, (start, end)
        at = _next(text, end, "}")


def _elements(text: str, at: int) -> Iterator[tuple[int, Any]]:
    """The values in a JSON array, with their starts."""
    at = _skip(text, _expect(text, at, "["))
    while text[at] != "]":
        start = at
        value, end = _DECODER.raw_decode(text, start)
        yield start, value
        at = _next(text, end, "]")


def _next(text: str, at: int, closing: str) -> int:
    at = _skip(text, at)
    return at if text[at] == closing else _skip(text, _expect(text, at, ","))


def _expect(text: str, at: int, sign: str) -> int:
    if text[at : at + 1] != sign:
        raise ValueError(f"'{sign}' expected at byte {at}")
    return _skip(text, at + 1)


def _skip(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return found.end() if found else at


COCO = Format(
    "coco",
    "COCO: objects with boxes",
    'annotations/instances_train.json: {"images": [{"id": 1, "file_name": "a.jpg", …}],\n'
    '  "annotations": [{"image_id": 1, "category_id": 3, "bbox": [10, 20, 50, 40]}], "categories": [{"id": 3, "name": "cat"}]}',
    fits,
    lists,
    annotated,
    class_spans,
)
