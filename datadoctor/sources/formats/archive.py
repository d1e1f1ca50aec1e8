"""Archives: a zip or tar of folders of images, laid out as folders on a disk are; several archives are parts or splits of one set."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from datadoctor.errors import DataDoctorError
from datadoctor.sources import Listing, SourceProblem, counted
from datadoctor.sources.folder import list_folder
from datadoctor.sources.formats import Format, Place
from datadoctor.sources.originals import Original
from datadoctor.sources.packed.archives import ARCHIVES, Member, escapes, members
from datadoctor.sources.walk import EXTENSIONS, NO_IMAGE, Walk, escaped

if TYPE_CHECKING:
    from datadoctor.config import Config

LOOKED_AT = 200


def fits(place: Place) -> str:
    """Why a place looks like archives of folders."""
    found = archives_of(place)
    if not found or samples_of(place, found[0]):
        return ""
    return f"{found[0]} is an archive of images" if any(map(_is_image, some_members(place, found[0]))) else ""


def archives_of(place: Place) -> list[str]:
    """The archives of a place without images of its own."""
    found = place.named(*ARCHIVES)
    return [] if found and place.file is None and place.walk.images else found


def some_members(place: Place, archive: str) -> Iterator[Member]:
    """The first members of an archive; none where it is damaged."""
    try:
        yield from (one for _, one in zip(range(LOOKED_AT), members(place.root / archive), strict=False))
    except DataDoctorError:
        return


def samples_of(place: Place, archive: str) -> bool:
    """Whether members are samples: files of one name, an image and what is said of it."""
    if not archive.lower().endswith(".tar"):
        return False
    kinds: dict[str, set[str]] = {}
    for one in some_members(place, archive):
        key, _, kind = posixpath.basename(one.member).partition(".")
        kinds.setdefault(posixpath.join(posixpath.dirname(one.member), key), set()).add(f".{kind.lower()}")
    return any(found & EXTENSIONS and found & {".cls", ".json", ".txt"} for found in kinds.values())


def lists(place: Place, config: Config) -> Listing:
    """The images of all archives, by the folders that their names tell."""
    archives = archives_of(place)
    originals: dict[str, Original] = {}
    problems: list[SourceProblem] = []
    others: list[str] = []
    for archive in archives:
        above = _stem(archive) if len(archives) > 1 else ""
        for one in members(place.root / archive):
            path = posixpath.join(above, posixpath.normpath(escaped(one.member)))
            if escapes(one.member):
                problems.append(
                    SourceProblem(
                        archive, "left out: a member whose name leads out of the archive", escaped(one.member)
                    )
                )
            elif _hidden(path) or not _is_image(one):
                others += [] if _hidden(path) else [path]
            elif path in originals:
                problems.append(SourceProblem(archive, "left out: a second member of one name", path))
            else:
                originals[path] = one
    if not originals:
        raise DataDoctorError(
            f"{place.file or place.root}: no images in {counted(len(archives), 'archive')}; is it the right one?"
        )
    if others:
        problems.append(SourceProblem(others[0], f"left out{_more(others)}: {NO_IMAGE}"))
    images = sorted(tuple(path.split("/")) for path in originals)
    listing = list_folder(
        place.root,
        class_level=config.class_level,
        group_level=config.group_level,
        merge_spellings=config.merge_spellings,
        found=Walk(images, {}, tuple(problems)),
    )
    understood = (f"in {counted(len(archives), 'archive')}", *listing.understood)
    return replace(listing, originals={path: originals[path] for path in listing.paths}, understood=understood)


def _more(paths: list[str]) -> str:
    return f" and {len(paths) - 1:,} more like it" if len(paths) > 1 else ""


def _stem(archive: str) -> str:
    return archive.partition(".")[0] if "/" not in archive else str(PurePosixPath(archive).with_suffix(""))


def _is_image(one: Member) -> bool:
    return one.suffix.lower() in EXTENSIONS


def _hidden(path: str) -> bool:
    return any(part.startswith(".") or part.casefold() == "__macosx" for part in path.split("/"))


ARCHIVE = Format(
    "archive",
    "zip or tar of images in folders",
    "photos.zip: train/cat/1.jpg, val/dog/2.jpg; or train.tar and val.tar",
    fits,
    lists,
)
