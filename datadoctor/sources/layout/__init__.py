"""Layouts: what the folders that images lie in say of each: its split, its class and superclasses, its group.

``[wrappers/]split/class/[group/]image`` with any part missing, ``class/split/image``, ``superclass/class/image``; the likeliest
is taken and named. ``docs/layouts.md`` shows them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from datadoctor.sources.layout.levels import Levels, decide, share_classes
from datadoctor.sources.layout.splits import Found, find_splits, unwrapped
from datadoctor.sources.layout.tree import Node, Parts, is_container, tree_of


@dataclass(frozen=True, slots=True)
class Place:
    """What the folders of one image say; ``classes``: superclasses first, the class last, () for none."""

    split: str = ""
    classes: Parts = ()
    group: str = ""


@dataclass(frozen=True, slots=True)
class Layout:
    """What a folder's layout is. ``places``: of each image, None for those of ``odd`` folders, which are no part of the dataset.

    ``top``: folders that only wrap the dataset. ``class_level``, ``group_level``: counted from the source, 1 for the folders in it;
    0 for none or several. ``parts``: splits that only the repeated class folders tell. ``repeated``: class names that are below
    several folders although nothing says what these are. ``per_class``: the splits are below the classes. ``joined``: of splits that
    several folders beside each other are, these.
    """

    places: tuple[Place | None, ...]
    top: Parts = ()
    odd: tuple[Parts, ...] = ()
    class_level: int = 0
    group_level: int = 0
    parts: tuple[str, ...] = ()
    repeated: tuple[str, ...] = ()
    per_class: bool = False
    joined: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def layout_of(images: Sequence[Parts], class_level: int | None = None, group_level: int | None = None) -> Layout:
    """The layout of image paths, each a list of its parts below the source; the levels are the user's word for them."""
    root = tree_of(images)
    found = find_splits(root)
    if class_level is not None and found.splits and class_level == len(found.top) + 1 and not found.per_class:
        found = replace(found, splits={}, odd=())  # what looked like splits are the classes
    of_folders = _telling({folders: _Way.of(folders, found, root) for folders in {parts[:-1] for parts in images}})
    ways = [of_folders[parts[:-1]] for parts in images]
    if class_level is not None or group_level is not None:
        return _as_told(images, ways, found, class_level, group_level)
    counts = Counter(way.chain for way in ways if way and way.chain)
    return _as_decided(ways, found, decide(counts), counts)


@dataclass(frozen=True, slots=True)
class _Way:
    """The folders of an image: its split, and what is left of the others; ``levels``: where each of these is in the path."""

    split: str
    chain: Parts
    levels: tuple[int, ...]

    @classmethod
    def of(cls, folders: Parts, found: Found, root: Node) -> _Way | None:
        """What these folders say, None for those that are no part of the dataset."""
        if any(folders[: len(odd)] == odd for odd in found.odd):
            return None
        if folders[: len(found.top)] != found.top:
            return cls("", (), ())
        at = len(found.top) + found.per_class
        numbered = list(enumerate(folders, start=1))[len(found.top) :]
        split = ""
        if found.splits and len(folders) > at:
            split = found.splits[folders[at]]
            _, way = unwrapped(_node(root, folders[: at + 1]), folders[at])
            del numbered[at - len(found.top) : at - len(found.top) + 1 + len(way)]
        elif found.splits and not found.per_class:
            numbered = []
        return cls(split, tuple(name for _, name in numbered), tuple(level for level, _ in numbered))

    def only(self, kept: Sequence[int]) -> _Way:
        """The way with these places of the chain alone."""
        there = [at for at in kept if at < len(self.chain)]
        return replace(self, chain=tuple(self.chain[at] for at in there), levels=tuple(self.levels[at] for at in there))


def _telling(ways: Mapping[Parts, _Way | None]) -> dict[Parts, _Way | None]:
    """The ways without levels on which every folder says only that images are in it, as in ``amazon/images/bike``."""
    names: dict[int, set[str]] = {}
    for way in ways.values():
        for at, name in enumerate(way.chain if way else ()):
            names.setdefault(at, set()).add(name)
    kept = [at for at, found in names.items() if at == 0 or not all(map(is_container, found))]
    return {folders: way and way.only(kept) for folders, way in ways.items()}


def _node(root: Node, way: Parts) -> Node:
    for name in way:
        root = root.below[name]
    return root


def _as_decided(ways: Sequence[_Way | None], found: Found, levels: Levels, counts: Counter[Parts]) -> Layout:
    with_splits = bool(found.splits)
    parts_are_splits = bool(levels.parts) and not levels.parts_are_groups and not with_splits
    places = tuple(_place(way, levels, parts_are_splits) if way else None for way in ways)
    names = sorted({chain[0] for chain in counts if levels.parts and len(chain) > 1})
    return Layout(
        places=places,
        top=found.top,
        odd=found.odd,
        class_level=_only(way.levels[len(place.classes) + levels.parts - 1] for way, place in _labelled(ways, places)),
        group_level=_only(
            way.levels[0 if levels.parts else levels.stop] for way, place in _labelled(ways, places) if place.group
        ),
        parts=tuple(names),
        repeated=levels.repeated,
        per_class=found.per_class,
        joined=_joined(found),
    )


def _joined(found: Found) -> dict[str, tuple[str, ...]]:
    folders: dict[str, list[str]] = {}
    for folder, split in found.splits.items():
        folders.setdefault(split, []).append(folder)
    return {split: tuple(sorted(names)) for split, names in folders.items() if len(names) > 1}


def _place(way: _Way, levels: Levels, parts_are_splits: bool) -> Place:
    chain = way.chain
    if levels.parts and len(chain) > 1:
        part, classes = chain[0], chain[1 : levels.stop]
        return Place(part if parts_are_splits else way.split, classes, "" if parts_are_splits else part)
    return Place(way.split, chain[: levels.stop], _group(chain[: levels.stop], chain[levels.stop :]))


def _group(classes: Parts, below: Parts) -> str:
    """The group that folders below a class are; plain numbers are counted in every class anew."""
    named = tuple(name for name in below if not is_container(name))
    return "/".join((*classes, *named) if all(name.isdecimal() for name in named) and named else named)


def _labelled(ways: Sequence[_Way | None], places: Sequence[Place | None]) -> list[tuple[_Way, Place]]:
    return [(way, place) for way, place in zip(ways, places, strict=True) if way and place and place.classes]


def _only(values: Iterable[int]) -> int:
    found = set(values)
    return found.pop() if len(found) == 1 else 0


def _as_told(
    images: Sequence[Parts], ways: Sequence[_Way | None], found: Found, class_level: int | None, group_level: int | None
) -> Layout:
    """The class and the group are the folders of these levels; folders between wrappers, split and class are superclasses."""
    told = [
        _told_place(parts, way, class_level, group_level) if way else None
        for parts, way in zip(images, ways, strict=True)
    ]
    if share_classes({place.classes for place in told if place}):
        told = [place and replace(place, classes=place.classes[-1:]) for place in told]
    places = tuple(told)
    return Layout(
        places,
        found.top,
        found.odd,
        class_level or 0,
        group_level or 0,
        per_class=found.per_class,
        joined=_joined(found),
    )


def _told_place(parts: Parts, way: _Way, class_level: int | None, group_level: int | None) -> Place:
    levels = [level for level in way.levels if level != group_level]
    name_of = dict(zip(way.levels, way.chain, strict=True))
    if class_level is None:
        above = [level for level in levels if group_level is not None and level < group_level]
        classes = tuple(name_of[level] for level in above or levels)
    else:
        there = len(parts) > class_level
        classes = (
            (*(name_of[level] for level in levels if level < class_level), parts[class_level - 1]) if there else ()
        )
    if group_level is not None:
        group = parts[group_level - 1] if len(parts) > group_level else ""
    else:
        group = _group(classes, tuple(name_of[level] for level in levels if level > (class_level or 0)))
    return Place(way.split, classes, group)
