"""Open Images: a CSV of boxes (``ImageID,LabelName,XMin,XMax,YMin,YMax``, as shares), and one of the names of classes."""

from __future__ import annotations

import csv
import io
import posixpath
from typing import TYPE_CHECKING

from datadoctor.errors import DataDoctorError
from datadoctor.findings import Severity
from datadoctor.sources import Listing, SourceProblem, counted
from datadoctor.sources.box import Box
from datadoctor.sources.boxes import Annotations, Object, listing_of
from datadoctor.sources.boxes.photos import Photos, splits_by_files
from datadoctor.sources.formats import Format
from datadoctor.sources.places import Place

if TYPE_CHECKING:
    from datadoctor.config import Config

MOST_BYTES = 2**24
_EDGES = ("XMin", "YMin", "XMax", "YMax")
_COLUMNS = {"ImageID", "LabelName", *_EDGES}


def fits(place: Place) -> str:
    """Why a place looks like Open Images."""
    found = _tables(place)
    return f"{found[0]} has boxes of images" if found else ""


def _tables(place: Place) -> list[str]:
    return [path for path in place.named(".csv") if set(_header(place, path)) >= _COLUMNS]


def _header(place: Place, path: str) -> list[str]:
    first = place.start(path).decode("utf-8-sig", "replace").partition("\n")[0]
    return next(csv.reader(io.StringIO(first.rstrip("\r"))), [])


def lists(place: Place, config: Config) -> Listing:
    """The objects of all tables."""
    return listing_of(place, _annotated(place), config.merge_spellings)


def _annotated(place: Place) -> Annotations:
    tables, names = _tables(place), _names(place)
    if not tables:
        raise DataDoctorError(f"{place}: no CSV with {', '.join(sorted(_COLUMNS))}")
    photos = Photos(place.walk.images)
    objects: list[Object] = []
    problems: list[SourceProblem] = []
    photos_of: dict[str, list[str]] = {}
    for path in tables:
        photos_of[path] = []
        for number, (line, row) in enumerate(place.table(path, "table of boxes").rows()):
            where, photo = f"{path}:{line}", photos.find(row["ImageID"], path)
            box = _box(row)
            if photo is None:
                problems.append(SourceProblem(where, "left out: an image that is not there", row["ImageID"]))
            elif row.get("IsGroupOf") == "1":
                problems.append(SourceProblem(where, "left out: a group, not one object", photo, Severity.INFO))
            elif box is None:
                problems.append(SourceProblem(where, "left out: an object without a box of four numbers", photo))
            else:
                label = names.get(row["LabelName"], row["LabelName"])
                objects.append(Object(photo, label, box, path, number, line))
                photos_of[path].append(photo)
    found = sorted({photo for several in photos_of.values() for photo in several})
    said = f"Open Images: {counted(len(tables), 'table')}"
    used = frozenset([*tables, *(path for path in place.walk.others if path.endswith(".csv"))])
    return Annotations(objects, found, used, splits_by_files(photos_of), problems=problems, phrases=[said])


def _box(row: dict[str, str]) -> Box | None:
    try:
        left, top, right, bottom = (float(row[name]) for name in _EDGES)
    except ValueError:
        return None
    return Box(left, top, right, bottom, relative=True)


def _names(place: Place) -> dict[str, str]:
    """What classes are called: 'class-descriptions-boxable.csv' has two columns and no header."""
    for path in place.walk.others:
        if posixpath.basename(path).startswith(("class-descriptions", "class_descriptions")) and path.endswith(".csv"):
            text = place.start(path, MOST_BYTES).decode("utf-8-sig", "replace")
            return {row[0]: row[1] for row in csv.reader(io.StringIO(text)) if len(row) == 2}
    return {}


OPEN_IMAGES = Format(
    "openimages",
    "Open Images: objects with boxes",
    "train-annotations-bbox.csv: ImageID,Source,LabelName,Confidence,XMin,XMax,YMin,YMax,…; class-descriptions-boxable.csv",
    fits,
    lists,
)
