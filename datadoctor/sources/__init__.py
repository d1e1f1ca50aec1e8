"""Sources: what a dataset lists before any image is opened. One file a kind of source.

Folders and manifests are what ``choice`` falls back on. A further kind is a file with a function decorated with ``@source``.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from datadoctor import plugins
from datadoctor.findings import Severity
from datadoctor.sources.originals import ImageFile, Original

if TYPE_CHECKING:
    from datadoctor.config import Config

__path__ += plugins.folders("sources")


@dataclass(frozen=True, slots=True)
class SourceProblem:
    """Something in the source that could not be used as it stands: ``where`` (a file, or 'labels.csv:12') and why.

    Problems of one kind share their ``cause`` text. ``path``: the image a manifest row names, '' where it names none.
    ``severity`` ERROR: it makes other findings wrong, and is named before them. ``advice``: the next step, '' for the usual one.
    """

    where: str
    cause: str
    path: str = ""
    severity: Severity = Severity.WARNING
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Votes:
    """What several people said of the same images: v votes. ``annotators``: who, in order of their names.

    ``rows`` (v,) int64: the item; ``who`` (v,) int32: index of ``annotators``; ``labels`` (v,) int32: index of the classes.
    """

    annotators: tuple[str, ...]
    rows: NDArray[np.int64]
    who: NDArray[np.int32]
    labels: NDArray[np.int32]

    def take(self, rows: NDArray[np.int64], n: int) -> Votes:
        """The votes on some of n items, numbered as these are."""
        place = np.full(n, -1, dtype=np.int64)
        place[rows] = np.arange(len(rows))
        kept = place[self.rows] >= 0
        return Votes(self.annotators, place[self.rows[kept]], self.who[kept], self.labels[kept])


@dataclass(frozen=True, slots=True)
class Listing:
    """What a source lists: n items, sorted by path.

    ``paths`` are relative to ``root`` with forward slashes and always valid UTF-8; a name that is not UTF-8 on disk is
    written with backslash escapes and found through ``names_on_disk``. ``labels`` (n,) int32 index ``classes`` (sorted
    names); -1 means no given label. ``splits`` and ``groups`` are '' where the source has none. ``superclasses`` maps a
    class to its ancestors, nearest first, when nested folders give a hierarchy. ``locations`` says where each item is
    listed, for annotations: 'labels.csv:12', or '' for folders. ``left_out``: the paths of listed images that are not among
    the n, because the exclusion list names them. ``understood``: what was made of the source, in phrases for people. ``as_written``:
    the label as the source has it, by path, where that is another spelling than the name of the class. ``originals``: by path,
    the items that are no files below ``root``. ``format``: what the source was read as. ``several``: where images may have
    several labels, (n, K) int8: 1 where the image has the class as a label, 0 where not, -1 in the whole row of an image without given
    labels; ``labels`` are then all -1. ``votes``: where several people labelled the same images; ``labels`` are then what most of them
    said, -1 where no label has more votes than any other.
    """

    root: Path
    paths: tuple[str, ...]
    labels: NDArray[np.int32]
    classes: tuple[str, ...]
    splits: tuple[str, ...]
    groups: tuple[str, ...]
    superclasses: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    problems: tuple[SourceProblem, ...] = ()
    locations: tuple[str, ...] = ()
    names_on_disk: Mapping[str, bytes] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    understood: tuple[str, ...] = ()
    as_written: Mapping[str, str] = field(default_factory=dict)
    originals: Mapping[str, Original] = field(default_factory=dict)
    format: str = ""
    several: NDArray[np.int8] | None = None
    votes: Votes | None = None

    def __len__(self) -> int:
        return len(self.paths)

    def label_name(self, row: int) -> str:
        """The given label of an item, or its labels as one text; '' where there is none."""
        return label_name(self.labels, self.classes, row, self.several)

    def file(self, row: int) -> ImageFile:
        """Where the bytes of an item are."""
        return file_of(self.root, self.paths[row], self.names_on_disk, self.originals)

    def files(self) -> list[ImageFile]:
        """Where the bytes of all items are."""
        return [self.file(row) for row in range(len(self))]

    @property
    def noun(self) -> str:
        """What an item is called: 'image', or 'object' where it is a part of one."""
        return "object" if any(one.box for one in self.originals.values()) else "image"

    def sentence(self) -> str:
        """All that was understood, in one sentence."""
        left_out = (f"{len(self.left_out):,} left out by the exclusion list",) if self.left_out else ()
        return f"{counted(len(self), self.noun)}: {'; '.join((*self.understood, *left_out))}"

    def take(self, rows: NDArray[np.int64]) -> Listing:
        """Some of the items, as if the source listed no others."""
        index = rows.tolist()
        texts = ("paths", "splits", "groups", "locations")
        taken: dict[str, Any] = {
            name: tuple(getattr(self, name)[row] for row in index) if getattr(self, name) else () for name in texts
        }
        several = None if self.several is None else self.several[rows]
        votes = self.votes and self.votes.take(rows, len(self))
        return replace(self, labels=self.labels[rows], several=several, votes=votes, problems=(), **taken)


@dataclass(frozen=True, slots=True)
class Source:
    """A kind of source: ``lists(root, config)`` is its listing, None where ``root`` is not of this kind."""

    lists: Callable[[Path, Config], Listing | None]


def source(lists: Callable[[Path, Config], Listing | None]) -> Source:
    """Make a kind of source of the function below; it is asked before a root is taken for a folder of classes."""
    return Source(lists)


def kinds() -> Iterator[Source]:
    """The further kinds, by the names of their files."""
    for name in sorted(module.name for module in pkgutil.iter_modules(__path__)):
        values = vars(importlib.import_module(f"{__name__}.{name}")).values()
        yield from (value for value in values if isinstance(value, Source))


def inside(path: str) -> bool:
    """Whether a path stays below the folder it starts from, as far as its text says."""
    parts = path.split("/")
    stays = ".." not in parts and "\0" not in path and any(part not in ("", ".") for part in parts)
    return stays and not path.startswith("/") and not os.path.splitdrive(path)[0]


def counted(number: int, noun: str) -> str:
    """'1 class', '2 classes'."""
    plural = f"{noun}es" if noun.endswith("s") else f"{noun}s"
    return f"{number:,} {noun if number == 1 else plural}"


def listed(names: Iterable[str], most: int = 6) -> str:
    """Names for people, the first of them where they are many."""
    known = list(names)
    more = f" and {len(known) - most:,} more" if len(known) > most else ""
    return f"{', '.join(known[:most])}{more}"


def label_name(
    labels: NDArray[np.int32], classes: tuple[str, ...], row: int, several: NDArray[np.int8] | None = None
) -> str:
    """The name of the class that a row has as its label, '' where there is none; of several, all as one text."""
    if several is not None:
        from datadoctor.sources.label_sets import text_of

        has = np.flatnonzero(several[row] == 1).tolist()
        return text_of(classes[label] for label in has) if has or (several[row] == 0).all() else ""
    label = int(labels[row])
    return classes[label] if label >= 0 else ""


def file_of(root: Path, path: str, names_on_disk: Mapping[str, bytes], originals: Mapping[str, Original]) -> ImageFile:
    """Where the bytes behind a listed path are."""
    return originals[path] if path in originals else file_on_disk(root, path, names_on_disk)


def file_on_disk(root: Path, path: str, names_on_disk: Mapping[str, bytes]) -> Path:
    """The file behind a listed path, also when its name is not UTF-8."""
    return root / (os.fsdecode(names_on_disk[path]) if path in names_on_disk else path)
