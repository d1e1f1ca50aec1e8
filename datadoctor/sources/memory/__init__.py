"""Images in memory: lists of pictures or arrays, data sets of torch, tables of pandas and of Hugging Face ``datasets``."""

from __future__ import annotations

import json
import math
import numbers
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from datadoctor.errors import DataDoctorError
from datadoctor.sources import Listing, SourceProblem
from datadoctor.sources.building import Entry, Said, build
from datadoctor.sources.label_sets import with_sets
from datadoctor.sources.memory.pictures import Given, InMemory
from datadoctor.sources.originals import Original

FORMAT = "memory"


def list_memory(given: Given, merge_spellings: bool | None = None, label_separator: str | None = None) -> Listing:
    """One item an image, in the order that is given; ``label_separator``: see ``label_sets.notation_of``.

    Raises ``DataDoctorError`` where columns are not as long as the images.
    """
    n = len(given.images)
    for name in ("labels", "splits", "groups", "names"):
        values = getattr(given, name)
        if values is not None and len(values) != n:
            raise DataDoctorError(f"{n:,} images and {len(values):,} {name}: give one for each")
    if not n:
        raise DataDoctorError("no images: give at least one")
    labels = [_text(label, given.classes) for label in given.labels or [None] * n]
    names, files = _names(given, n)
    splits, groups = ([_text(one) for one in values or [None] * n] for values in (given.splits, given.groups))
    entries = [
        Entry(name, (label,) if label else (), split, group)
        for name, label, split, group in zip(names, labels, splits, groups, strict=True)
    ]
    bare = sum(not label for label in labels)
    problems = [SourceProblem("labels", f"{bare:,} of {n:,} images have no label: looked at for duplicates only")]
    entries, phrases = with_sets(entries, label_separator)
    said = Said([given.what, *phrases], (), problems if 0 < bare < n else ())
    listing = build(Path(FORMAT), entries, said, merge_spellings=merge_spellings)
    originals: dict[str, Original] = {
        name: InMemory(given.images, row) for row, name in enumerate(names) if row not in files
    }
    on_disk = {names[row]: str(file.absolute()).encode() for row, file in files.items()}
    return replace(listing, originals=originals, names_on_disk=on_disk, format=FORMAT)


def _names(given: Given, n: int) -> tuple[Sequence[str], dict[int, Path]]:
    """What items are called, and those that are files."""
    files = {row: Path(one) for row, one in enumerate(given.images_if_known()) if isinstance(one, str | Path)}
    if given.names is not None:
        names = [str(name) for name in given.names]
        if len(set(names)) != n:
            raise DataDoctorError("names: one is given twice; give each image a name of its own")
        return names, files
    width = max(6, len(str(n)))
    numbered = [f"{row:0{width}d}" for row in range(n)]
    return [f"{number}{files[row].suffix}" if row in files else number for row, number in enumerate(numbered)], files


def _text(value: Any, classes: Sequence[str] = ()) -> str:
    """A label as text: a number is the class of that number where classes have names; None and NaN are no label."""
    if isinstance(value, list | tuple | set | frozenset) or getattr(value, "ndim", 0) == 1:
        return _texts(value, classes)
    value = value.item() if hasattr(value, "item") else value
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, numbers.Real) and not isinstance(value, bool) and float(value).is_integer():
        number = int(float(value))
        if classes and 0 <= number < len(classes):
            return str(classes[number])
        return "" if number == -1 and classes else str(number)
    return str(value).strip()


def _texts(values: Any, classes: Sequence[str]) -> str:
    """Several labels as a list in one text: labels, or 0 and 1 for each of the classes."""
    several = list(values.tolist() if hasattr(values, "tolist") else values)
    if classes and len(several) == len(classes) and set(several) <= {0, 1}:
        several = [name for name, has in zip(classes, several, strict=True) if has]
        return json.dumps(list(map(str, several)))
    several = sorted(several, key=str) if isinstance(values, set | frozenset) else several
    return json.dumps([text for one in several if (text := _text(one, classes))])
