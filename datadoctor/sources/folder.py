"""Lists a folder of images; what its folders say of each is read by ``layout``.

Where two folders of the same name would give one class name (or one name to a class and a superclass), both are called by
their whole path below the split, such as ``tools/crane`` and ``birds/crane``.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from datadoctor.errors import DataDoctorError
from datadoctor.findings import Severity
from datadoctor.sources import Listing, SourceProblem, counted, listed
from datadoctor.sources.building import Entry, Said, build
from datadoctor.sources.layout import Layout, Place, layout_of
from datadoctor.sources.split_names import in_order, is_annotation
from datadoctor.sources.walk import Walk, walk

# From this share of the images on, leaving a folder out makes other findings wrong.
MUCH = 0.3
SETTLE = "--class-level N and --group-level N settle it, 1 being the folders in the source"


def list_folder(
    root: Path,
    *,
    class_level: int | None = None,
    group_level: int | None = None,
    merge_spellings: bool | None = None,
    found: Walk | None = None,
) -> Listing:
    """List the images below ``root``; raises ``DataDoctorError`` if it is not a folder or holds none.

    ``class_level``, ``group_level``: which folder names the class and the group, 1 for those directly in ``root``; by default the
    likeliest is taken. ``merge_spellings``: see ``building.build``. ``found``: what lies in the folder, if that is known.
    """
    found = found or walked(root)
    layout = layout_of(found.images, class_level, group_level)
    kept = [(parts, place) for parts, place in zip(found.images, layout.places, strict=True) if place is not None]
    entries = [Entry("/".join(parts), place.classes, place.split, place.group) for parts, place in kept]
    problems = [
        *_repeated(layout),
        *found.problems,
        *_tables(found),
        *_odd(layout, found.images),
        *_unlabelled(entries),
    ]
    said = Said([*_on_splits(layout)], [*_on_levels(layout), *_left_out(layout), *found.own], problems)
    return build(root, entries, said, merge_spellings=merge_spellings, names_on_disk=found.names_on_disk)


def walked(root: Path, found: Walk | None = None) -> Walk:
    """What lies below ``root``, ``found`` if that is known; raises ``DataDoctorError`` if it is not a folder or no image does."""
    if not root.is_dir():
        raise DataDoctorError(f"{root}: not a folder; give the folder that holds the class folders")
    found = found or walk(root)
    if not found.images:
        left_out = "".join(f"; {problem.where}: {problem.cause}" for problem in found.problems[:3])
        raise DataDoctorError(f"{root}: no images in this folder or below{left_out}; is it the right one?")
    return found


def _places(layout: Layout) -> list[Place]:
    return [place for place in layout.places if place]


def _on_splits(layout: Layout) -> list[str]:
    splits = in_order(place.split for place in _places(layout))
    below = f" below `{'/'.join(layout.top)}/`" if layout.top else ""
    if not splits:
        return [f"all{below}"] if below else []
    inside = " in every class folder" if layout.per_class else ""
    named = [f"{split} ({' + '.join(layout.joined[split])})" if split in layout.joined else split for split in splits]
    return [f"{'splits' if len(splits) > 1 else 'one split,'} {listed(named)}{below}{inside}"]


def _on_levels(layout: Layout) -> list[str]:
    places = _places(layout)
    groups = {place.group for place in places if place.group}
    above = {place.classes[:-1] for place in places if len(place.classes) > 1}
    phrases = []
    if above:
        phrases.append(f"in {counted(len(above), 'superclass')}, the folders above them")
    if groups:
        where = "above" if 0 < layout.group_level < layout.class_level else "below"
        phrases.append(
            f"the folders {where} the classes taken as {counted(len(groups), 'group')} ({listed(sorted(groups), 3)})"
        )
    if (above or groups) and layout.class_level:
        also = f", group level {layout.group_level}" if layout.group_level else ""
        phrases.append(f"class level {layout.class_level}{also}")
    return [", ".join(phrases)] if phrases else []


def _left_out(layout: Layout) -> list[str]:
    if not layout.odd:
        return []
    n_images = sum(place is None for place in layout.places)
    return [f"{listed(f'`{Path(*odd).as_posix()}/`' for odd in layout.odd)} left out ({counted(n_images, 'image')})"]


def _tables(found: Walk) -> list[SourceProblem]:
    return [
        SourceProblem(path, "not read: it has no column of file names and of labels; --manifest names a table to read")
        for path in found.tables
    ]


def _odd(layout: Layout, images: Sequence[tuple[str, ...]]) -> list[SourceProblem]:
    return [
        SourceProblem(
            "/".join(odd),
            f"left out: {counted(sum(parts[: len(odd)] == odd for parts in images), 'image')} in a folder that is neither a split nor a "
            "class beside the others",
            severity=Severity.ERROR if _share(images, odd) > MUCH else Severity.WARNING,
            advice="Move it out of the dataset; or, if it is a split, give it a split's name.",
        )
        for odd in layout.odd
    ]


def _share(images: Sequence[tuple[str, ...]], odd: tuple[str, ...]) -> float:
    """The share of the images that lie in a folder that is left out; 0 for annotations, which are no photos."""
    return 0.0 if is_annotation(odd[-1]) else sum(parts[: len(odd)] == odd for parts in images) / len(images)


def _repeated(layout: Layout) -> list[SourceProblem]:
    """Class names below several folders that nothing says to be splits: what was made of them, before anything else."""
    if not layout.repeated:
        return []
    names = listed(f"'{name}'" for name in layout.repeated)
    if not layout.parts and not any(place.group for place in _places(layout)):
        return [
            SourceProblem(
                layout.repeated[0],
                f"the same class names are below several folders: {names}; each is a class of its own here",
                advice=f"Rename them, or say which folders are the classes: {SETTLE}.",
            )
        ]
    what = (
        "these are taken as classes, and the folders above them "
        if layout.parts
        else "these are taken as groups of the classes above "
    )
    parts = f"({listed(layout.parts)}) " if layout.parts else ""
    taken = "" if not layout.parts else "as groups" if any(place.group for place in _places(layout)) else "as splits"
    return [
        SourceProblem(
            layout.repeated[0],
            f"the same folders are below several others, and no name says which are splits, classes or groups: {names}; "
            f"{what}{parts}{taken}".rstrip(),
            severity=Severity.ERROR,
            advice=f"If this is wrong, every other finding is: {SETTLE}.",
        )
    ]


def _unlabelled(entries: Sequence[Entry]) -> list[SourceProblem]:
    bare = sorted(entry.path for entry in entries if not entry.classes)
    if not bare or len(bare) == len(entries):
        return []
    more = f" and {len(bare) - 1:,} more" if len(bare) > 1 else ""
    return [
        SourceProblem(bare[0], f"no given label{more}: not in a class folder; compared for duplicates only", bare[0])
    ]
