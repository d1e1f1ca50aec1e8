"""Boxes: photos with annotated objects, each of which becomes an item. Formats read annotations; here they become a listing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from datadoctor.errors import DataDoctorError
from datadoctor.sources import Listing, SourceProblem, counted, listed
from datadoctor.sources.box import Box
from datadoctor.sources.building import Entry, Said, build
from datadoctor.sources.originals import Crop
from datadoctor.sources.split_names import in_order

if TYPE_CHECKING:
    from datadoctor.sources.places import Place


@dataclass(frozen=True, slots=True)
class Object:
    """An annotated object. ``photo``: its path below the root; ``label``: its class, '' where none is certain.

    ``file``: the annotations below the root, where it is number ``number``, from 0, and begins in ``line``.
    """

    photo: str
    label: str
    box: Box
    file: str
    number: int
    line: int = 0

    @property
    def where(self) -> str:
        """'labels/a.txt:3'."""
        return f"{self.file}:{self.line}" if self.line else self.file


@dataclass(frozen=True)
class Annotations:
    """What the files of a format say.

    ``sizes``: width and height of photos as they are written there. ``splits``: by photo. ``written``: by file, how each class is
    written there, where that is not its name. ``used``: files that were read. ``phrases``: what was understood.
    """

    objects: Sequence[Object]
    photos: Sequence[str]
    used: frozenset[str]
    splits: Mapping[str, str] = field(default_factory=dict)
    sizes: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    written: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    problems: Sequence[SourceProblem] = ()
    phrases: Sequence[str] = ()


def with_names(objects: Sequence[Object]) -> list[tuple[str, Object]]:
    """Each object with the path of its item: the photo, and its number there: 'train/a.jpg#002'."""
    seen: Counter[str] = Counter()
    named = []
    for one in objects:
        seen[one.photo] += 1
        named.append((f"{one.photo}#{seen[one.photo]:03d}", one))
    return named


def listing_of(place: Place, found: Annotations, merge_spellings: bool | None = None) -> Listing:
    """One item an object; raises ``DataDoctorError`` where there is none."""
    from datadoctor.sources.boxes.lint import lint

    named, problems = lint(place, with_names(found.objects), found)
    if not named:
        first = [*found.problems, *problems][:1]
        why = f": {first[0].where}: {first[0].cause}" if first else ""
        raise DataDoctorError(f"{place}: no object in any photo{why}; is it the right one?")
    entries = [
        Entry(path, (one.label,) if one.label else (), found.splits.get(one.photo, ""), one.photo, one.where)
        for path, one in named
    ]
    others = place.walk.problems_without(found.used) if place.whole else ()
    splits = in_order(found.splits.values())
    photos = {one.photo for _, one in named}
    said = [
        f"boxes in {counted(len(photos), 'photo')}{place.within}",
        *([f"{'splits' if len(splits) > 1 else 'one split,'} {listed(splits)}"] if splits else []),
    ]
    listing = build(
        place.root,
        entries,
        Said(said, found.phrases, [*found.problems, *problems, *others]),
        merge_spellings=merge_spellings,
        names_on_disk=place.walk.names_on_disk,
    )
    crops = {path: Crop(place.image(one.photo), one.box) for path, one in named}
    return replace(listing, originals=crops)
