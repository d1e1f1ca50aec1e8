"""What lies in archives, as a place: formats read their files there as they do those of a folder, and nothing is unpacked."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePosixPath

from datadoctor.errors import DataDoctorError
from datadoctor.sources import SourceProblem, counted, file_on_disk
from datadoctor.sources.originals import ImageFile, content_of
from datadoctor.sources.packed.archives import ARCHIVES, Member, escapes, members
from datadoctor.sources.places import Place
from datadoctor.sources.walk import EXTENSIONS, Walk, escaped, left_out_by_extension

LOOKED_AT = 200


def archives_of(place: Place) -> list[str]:
    """The archives of a place without images of its own."""
    found = place.named(*ARCHIVES)
    return [] if found and place.whole and place.walk.images else found


def some_members(place: Place, archive: str) -> Iterator[Member]:
    """The first members of an archive; none where it is damaged."""
    try:
        yield from (one for _, one in zip(range(LOOKED_AT), members(place.root / archive), strict=False))
    except DataDoctorError:
        return


@dataclass
class _Inside:
    """The files in archives, by the paths that their names tell; those that were left out are problems."""

    files: dict[str, Member] = field(default_factory=dict)
    problems: list[SourceProblem] = field(default_factory=list)

    def add(self, archive: str, above: str, one: Member) -> None:
        path = posixpath.join(above, posixpath.normpath(escaped(one.member)))
        if escapes(one.member):
            cause, path = "left out: a member whose name leads out of the archive", escaped(one.member)
        elif path in self.files:
            cause = "left out: a second member of one name"
        else:
            cause = ""
            if not _hidden(path):
                self.files[path] = one
        if cause:
            self.problems.append(SourceProblem(archive, cause, path))


@dataclass(frozen=True)
class Packed(Place):
    """The files in the ``archives`` of ``outside``, and the others beside them; several archives are the folders above theirs."""

    archives: tuple[str, ...] = ()
    outside: Place | None = None

    def __str__(self) -> str:
        return str(self.outside)

    @property
    def within(self) -> str:
        """', in 2 archives'."""
        return f", in {counted(len(self.archives), 'archive')}"

    @cached_property
    def _inside(self) -> _Inside:
        found = _Inside()
        for archive in self.archives:
            for one in members(self.root / archive):
                found.add(archive, _stem(archive) if len(self.archives) > 1 else "", one)
        return found

    @cached_property
    def _beside(self) -> Mapping[str, ImageFile]:
        """Files beside the archives, such as the tables of what is in them."""
        others = self.outside.walk.others if self.outside and self.outside.whole else ()
        return {path: file_on_disk(self.root, path, {}) for path in others if path not in self.archives}

    @cached_property
    def walk(self) -> Walk:
        """What lies in the archives."""
        inside = self._inside.files
        images = sorted(tuple(path.split("/")) for path in inside if _is_image(path))
        others = sorted({*self._beside, *(path for path in inside if not _is_image(path))})
        problems = (*self._inside.problems, *left_out_by_extension(others))
        return Walk(images, {}, problems, others=tuple(others))

    def named(self, *suffixes: str) -> list[str]:
        """The files with one of these extensions that are no images."""
        return [path for path in self.walk.others if path.lower().endswith(suffixes)]

    def image(self, path: str) -> ImageFile:
        """Where the bytes of a file are."""
        return self._inside.files.get(path) or self._beside.get(path) or self.root / path

    def start(self, path: str, n_bytes: int = 4096) -> bytes:
        """The first bytes of a file, none where it cannot be read."""
        file = self.image(path)
        try:
            return file.beginning(n_bytes) if isinstance(file, Member) else content_of(file)[:n_bytes]
        except (OSError, ValueError):
            return b""


def _stem(archive: str) -> str:
    return archive.partition(".")[0] if "/" not in archive else str(PurePosixPath(archive).with_suffix(""))


def _is_image(path: str) -> bool:
    return posixpath.splitext(path)[1].lower() in EXTENSIONS


def _hidden(path: str) -> bool:
    return any(part.startswith(".") or part.casefold() == "__macosx" for part in path.split("/"))
