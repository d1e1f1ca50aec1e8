"""YOLO: a text file a photo, a line an object (class number, middle, width and height as shares), and ``data.yaml`` with names."""

from __future__ import annotations

import math
import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from datadoctor.errors import DataDoctorError
from datadoctor.sources import Listing, SourceProblem, counted
from datadoctor.sources.box import Box
from datadoctor.sources.boxes import Annotations, Object, listing_of
from datadoctor.sources.boxes.photos import Photos, splits_of
from datadoctor.sources.formats import Format
from datadoctor.sources.places import Place

if TYPE_CHECKING:
    from datadoctor.config import Config

NAMES = ("classes.txt", "obj.names", "_darknet.labels", "names.txt")
SPLITS = ("train", "val", "valid", "validation", "test")
MOST_BYTES_OF_NAMES = 2**20
LOOKED_AT = 50
# So many bytes of a text tell whether it is one of boxes.
LINES = 4096
_LINE = re.compile(rb"\s*\d+(?:\.0)?(?:\s+-?[\d.eE+-]+){4,}\s*$")


def fits(place: Place) -> str:
    """Why a place looks like YOLO."""
    labels = _label_files(place)
    for path in list(labels)[:LOOKED_AT]:
        if (start := place.start(path, LINES)).strip():
            return f"{path} has numbers of classes and boxes" if is_label(start) else ""
    return ""


def is_label(start: bytes) -> bool:
    """Whether a text that begins so has a line an object, and at least one."""
    lines = [line for line in (start.splitlines() if len(start) < LINES else start.splitlines()[:-1]) if line.strip()]
    return bool(lines) and all(map(_LINE.match, lines))


def _label_files(place: Place) -> dict[str, str]:
    """The text files that have the name of a photo, with that photo."""
    if place.file is not None and place.file.suffix.lower() not in (".yaml", ".yml"):
        return {}
    texts = [path for path in place.walk.others if path.endswith(".txt") and posixpath.basename(path) not in NAMES]
    photos = Photos(place.walk.images if texts else ())
    found = {path: photos.find(path[:-4], path) for path in texts}
    return {path: photo for path, photo in found.items() if photo}


def lists(place: Place, config: Config) -> Listing:
    """The objects of all label files."""
    return listing_of(place, annotated(place), config.merge_spellings)


@dataclass
class _Reading:
    names: Sequence[str]
    keypoints: bool
    objects: list[Object] = field(default_factory=list)
    problems: list[SourceProblem] = field(default_factory=list)
    outlines: int = 0


def annotated(place: Place) -> Annotations:
    """What all label files say."""
    labels = _label_files(place)
    source, settings, names = _settings(place)
    reading = _Reading(names, "kpt_shape" in settings)
    if not labels:
        raise DataDoctorError(f"{place}: no text file has the name of a photo; YOLO has one a photo")
    if not source:
        reading.problems.append(
            SourceProblem(
                next(iter(labels)), "no data.yaml or classes.txt names the classes: they are called by their numbers",
                advice="Put the data.yaml beside the folders of images and labels.",
            )
        )  # fmt: skip
    for path, photo in labels.items():
        _read(path, photo, place, reading)
    photos = ["/".join(parts) for parts in place.walk.images]
    labelled = set(labels.values())
    reading.problems += [
        SourceProblem(photo, "no label file has the name of this photo", photo)
        for photo in photos
        if photo not in labelled
    ]
    reading.problems += [
        SourceProblem(path, "left out: labels of a photo that is not there")
        for path in place.walk.others
        if path.endswith(".txt") and path not in labels and _LINE.match(place.start(path).partition(b"\n")[0])
    ]
    phrases = [f"YOLO: {counted(len(labels), 'label file')}{f', names in {source}' if source else ''}"]
    phrases += [f"{reading.outlines:,} outlines taken as their boxes"] if reading.outlines else []
    numbers = {name: str(number) for number, name in reversed(list(enumerate(names)))}
    return Annotations(
        reading.objects,
        sorted(labelled),
        frozenset([*labels, *filter(None, [source]), *_of_yolo(place)]),
        _splits(photos, settings, source),
        written=dict.fromkeys(labels, numbers),
        problems=reading.problems,
        phrases=phrases,
    )


def _of_yolo(place: Place) -> list[str]:
    """Files that exporters put beside: names, licences."""
    return [
        path for path in place.walk.others if posixpath.basename(path) in NAMES or path.endswith((".yaml", ".cache"))
    ]


def _settings(place: Place) -> tuple[str, Mapping[str, Any], Sequence[str]]:
    """The file that names the classes, what else it says, and the names by number."""
    yamls = sorted(place.named(".yaml", ".yml"), key=lambda path: (path.count("/"), path))
    for path in yamls:
        settings = _yaml(place, path)
        names = settings.get("names")
        if isinstance(names, Mapping) and all(str(number).isdecimal() for number in names):
            known = {int(number): str(name) for number, name in names.items()}
            if known and max(known) < 100_000:
                return path, settings, [known.get(number, "") for number in range(max(known) + 1)]
        if isinstance(names, list):
            return path, settings, list(map(str, names))
    for path in (path for path in place.walk.others if posixpath.basename(path) in NAMES):
        lines = place.start(path, MOST_BYTES_OF_NAMES).decode("utf-8", "replace").splitlines()
        return path, {}, [line.strip() for line in lines if line.strip()]
    return "", {}, ()


def _yaml(place: Place, path: str) -> Mapping[str, Any]:
    import yaml

    content = place.start(path, MOST_BYTES_OF_NAMES)
    try:
        found = yaml.safe_load(content.decode("utf-8-sig"))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        cause = str(error).replace("\n", " ")
        raise DataDoctorError(f"{place.root / path}: not YAML that can be read: {cause}; correct it") from error
    return found if isinstance(found, Mapping) else {}


def _splits(photos: Sequence[str], settings: Mapping[str, Any], source: str) -> dict[str, str]:
    """The split of each photo: that whose folder in data.yaml it lies in, else by the folders themselves."""
    folders: list[tuple[str, str]] = []
    for split in SPLITS:
        given = settings.get(split)
        for one in given if isinstance(given, list) else [given]:
            if isinstance(one, str) and one.strip("./"):
                # Exporters start paths from wherever they ran: what counts are the folders that are here.
                folders.append((split, re.sub(r"^(?:\.{1,2}/)+", "", one.replace("\\", "/")).strip("/")))
    found = {}
    base = posixpath.dirname(source)
    for photo in photos:
        inner = photo[len(base) + 1 :] if base and photo.startswith(f"{base}/") else photo
        split = next((s for s, folder in folders if inner.startswith(f"{folder}/") or f"/{folder}/" in f"/{photo}"), "")
        if split:
            found[photo] = split
    return found or splits_of(photos)


def _read(path: str, photo: str, place: Place, reading: _Reading) -> None:
    try:
        lines = place.content(path).decode("utf-8-sig", "replace").splitlines()
    except (OSError, ValueError) as error:
        reading.problems.append(
            SourceProblem(path, f"cannot be read: {getattr(error, 'strerror', None) or error}", photo)
        )
        return
    number = 0
    for line, text in enumerate(lines, start=1):
        if not text.strip():
            continue
        _object(text.split(), Object(photo, "", Box(0, 0, 0, 0), path, number, line), reading)
        number += 1


def _object(words: Sequence[str], there: Object, reading: _Reading) -> None:
    try:
        class_, *numbers = map(float, words)
        box = _box(numbers, reading)
    except ValueError:
        box = None
    if box is None or not class_.is_integer():
        reading.problems.append(SourceProblem(there.where, "left out: not a class number and a box", there.photo))
        return
    reading.objects.append(
        Object(there.photo, _name(int(class_), there, reading), box, there.file, there.number, there.line)
    )


def _name(class_: int, there: Object, reading: _Reading) -> str:
    if not reading.names:
        return str(class_)
    name = reading.names[class_] if 0 <= class_ < len(reading.names) else ""
    if not name:
        cause = f"class {class_} is none of the {len(reading.names):,} that are named: the object counts as unlabelled"
        reading.problems.append(SourceProblem(there.where, cause, there.photo))
    return name


def _box(numbers: Sequence[float], reading: _Reading) -> Box | None:
    """Of middle and size, or of an outline: three points or more."""
    if len(numbers) < 4 or not all(map(math.isfinite, numbers)):
        return None
    if len(numbers) >= 6 and len(numbers) % 2 == 0 and not reading.keypoints:
        reading.outlines += 1
        return Box(min(numbers[::2]), min(numbers[1::2]), max(numbers[::2]), max(numbers[1::2]), relative=True)
    x, y, width, height = numbers[:4]
    return Box(x - width / 2, y - height / 2, x + width / 2, y + height / 2, relative=True)


def class_spans(content: bytes) -> list[tuple[int, int]]:
    """Where in a label file the class of each object is written, as starts and ends in bytes."""
    found = (re.match(rb"(?:\xef\xbb\xbf)?\s*(\S+)", line[1]) for line in _lines(content))
    starts = [start for start, _ in _lines(content)]
    return [(start + one.start(1), start + one.end(1)) for start, one in zip(starts, found, strict=True) if one]


def _lines(content: bytes) -> list[tuple[int, bytes]]:
    at, lines = 0, []
    for line in content.splitlines(keepends=True):
        if line.strip():
            lines.append((at, line))
        at += len(line)
    return lines


YOLO = Format(
    "yolo",
    "YOLO: objects with boxes",
    "data.yaml (names: [cat, dog]), images/train/a.jpg,\n  labels/train/a.txt: 0 0.41 0.48 0.34 0.45",
    fits,
    lists,
    annotated,
    class_spans,
)
