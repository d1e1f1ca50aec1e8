"""Sources: what a dataset lists before any image is opened. One file a kind of source; ``choice`` picks the reader."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from datadoctor.findings import Severity


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
class Listing:
    """What a source lists: n items, sorted by path.

    ``paths`` are relative to ``root`` with forward slashes and always valid UTF-8; a name that is not UTF-8 on disk is
    written with backslash escapes and found through ``names_on_disk``. ``labels`` (n,) int32 index ``classes`` (sorted
    names); -1 means no given label. ``splits`` and ``groups`` are '' where the source has none. ``superclasses`` maps a
    class to its ancestors, nearest first, when nested folders give a hierarchy. ``locations`` says where each item is
    listed, for annotations: 'labels.csv:12', or '' for folders. ``left_out``: the paths of listed images that are not among
    the n, because the exclusion list names them. ``understood``: what was made of the source, in phrases for people. ``as_written``:
    the label as the source has it, by path, where that is another spelling than the name of the class.
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

    def __len__(self) -> int:
        return len(self.paths)

    def label_name(self, row: int) -> str:
        """The given label of an item, '' where there is none."""
        label = int(self.labels[row])
        return self.classes[label] if label >= 0 else ""

    def sentence(self) -> str:
        """All that was understood, in one sentence."""
        left_out = (f"{len(self.left_out):,} left out by the exclusion list",) if self.left_out else ()
        return f"{counted(len(self), 'image')}: {'; '.join((*self.understood, *left_out))}"


def counted(number: int, noun: str) -> str:
    """'1 class', '2 classes'."""
    plural = f"{noun}es" if noun.endswith("s") else f"{noun}s"
    return f"{number:,} {noun if number == 1 else plural}"


def listed(names: Iterable[str], most: int = 6) -> str:
    """Names for people, the first of them where they are many."""
    known = list(names)
    more = f" and {len(known) - most:,} more" if len(known) > most else ""
    return f"{', '.join(known[:most])}{more}"


def file_on_disk(root: Path, path: str, names_on_disk: Mapping[str, bytes]) -> Path:
    """The file behind a listed path, also when its name is not UTF-8."""
    import os

    return root / (os.fsdecode(names_on_disk[path]) if path in names_on_disk else path)
