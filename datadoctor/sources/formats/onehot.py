"""One-hot tables: ``_classes.csv`` of Roboflow, Kaggle's ``train.csv``: a column of 0 and 1 for each class.

A row with one class is an image with that label; where rows have several, images have several labels, and a row without a 1 has none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from datadoctor.errors import DataDoctorError
from datadoctor.sources import Listing, SourceProblem, listed
from datadoctor.sources.boxes.photos import Photos, splits_by_files
from datadoctor.sources.building import Entry, Said, build
from datadoctor.sources.formats import Format
from datadoctor.sources.places import Place
from datadoctor.tables import Table
from datadoctor.tables.dialect import looks_like_image

if TYPE_CHECKING:
    from datadoctor.config import Config

NAME = "_classes.csv"


def fits(place: Place) -> str:
    """Why a place looks like one-hot tables: only those that are called so are looked at, others are given as SOURCE."""
    tables = place.named(NAME) if place.whole else place.named(".csv")
    found = next((path for path in tables if _one_hot(place, path)), "")
    return f"{found} has a column of 0 and 1 for each class" if found else ""


@dataclass(frozen=True, slots=True)
class OneHot:
    """A table: the column of paths, and those of classes."""

    table: Table
    path: str
    classes: Sequence[str]


def _one_hot(place: Place, path: str) -> OneHot | None:
    try:
        table = place.table(path, "one-hot table")
    except DataDoctorError:
        return None
    names = list(table.columns)
    switches = [name for name in names if set(map(str.strip, table.columns[name])) <= {"0", "1", "0.0", "1.0"}]
    paths = [name for name in names if name not in switches and any(map(looks_like_image, table.columns[name][:20]))]
    paths = paths or [name for name in names if name not in switches][:1]
    return OneHot(table, paths[0], switches) if paths and len(switches) > 1 and len(table) else None


def lists(place: Place, config: Config) -> Listing:
    """The images of all tables."""
    problems: list[SourceProblem] = []
    tables, photos, rows = read(place, problems)
    several = any(len(things) > 1 for _, things, _ in rows)
    photos_of: dict[str, list[str]] = {path: [] for path in tables}
    for photo, _, where in rows:
        photos_of[where.rpartition(":")[0]].append(photo)
    splits = splits_by_files(photos_of)
    entries: dict[str, Entry] = {}
    for photo, things, where in rows:
        if photo in entries:
            problems.append(SourceProblem(where, "left out: the image has an earlier row", photo))
        else:
            chain, labels = ((), tuple(things)) if several else (tuple(things), None)
            entries[photo] = Entry(photo, chain, splits.get(photo, ""), location=where, labels=labels)
    unlisted = sorted(set(photos.paths) - set(entries)) if place.whole else []
    problems += [SourceProblem(path, "no table has a row for this image", path) for path in unlisted]
    before = [f"one-hot in {listed(tables)}{', several labels an image' if several else ''}{place.within}"]
    listing = build(
        place.root,
        entries.values(),
        Said(before, (), [*problems, *place.walk.problems_without(set(tables))]),
        merge_spellings=config.merge_spellings,
        names_on_disk=place.walk.names_on_disk,
    )
    return replace(listing, originals=place.originals(listing.paths))


def read(
    place: Place, problems: list[SourceProblem]
) -> tuple[dict[str, OneHot], Photos, list[tuple[str, list[str], str]]]:
    """The tables by their paths, the photos, and of each row the photo, its classes and where it stands ('train.csv:12').

    Raises ``DataDoctorError`` where there is no such table.
    """
    files = place.named(NAME if place.whole else "")
    tables = {path: found for path in files if (found := _one_hot(place, path))}
    if not tables:
        raise DataDoctorError(f"{place}: no table with a column of 0 and 1 for each class")
    photos = Photos(place.walk.images)
    return tables, photos, [row for path, one in tables.items() for row in _rows(path, one, photos, problems)]


def _rows(path: str, one: OneHot, photos: Photos, problems: list[SourceProblem]) -> list[tuple[str, list[str], str]]:
    found = []
    for line, row in one.table.rows():
        photo = photos.find(row[one.path].strip(), path)
        where = f"{path}:{line}"
        if photo is None:
            problems.append(
                SourceProblem(where, "left out: an image that is not there, or in several places", row[one.path])
            )
            continue
        found.append((photo, [name.strip() for name in one.classes if row[name].strip() in ("1", "1.0")], where))
    problems += [SourceProblem(f"{path}:{line}", f"left out: {cause}") for line, cause in one.table.left_out]
    return found


ONEHOT = Format(
    "onehot",
    "one-hot CSV: a column of 0 and 1 for each class (Roboflow, Kaggle)",
    "train/_classes.csv: filename, cat, dog; a.jpg, 0, 1",
    fits,
    lists,
)
