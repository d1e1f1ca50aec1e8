"""Sources: what a dataset lists before any image is opened. One file a kind of source; ``choice`` picks the reader."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class SourceProblem:
    """Something in the source that could not be used as it stands: ``where`` (a file, or 'labels.csv:12') and why.

    Problems of one kind share their ``cause`` text. ``path``: the image a manifest row names, '' where it names none.
    """

    where: str
    cause: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """What a source lists: n items, sorted by path.

    ``paths`` are relative to ``root`` with forward slashes and always valid UTF-8; a name that is not UTF-8 on disk is
    written with backslash escapes and found through ``names_on_disk``. ``labels`` (n,) int32 index ``classes`` (sorted
    names); -1 means no given label. ``splits`` and ``groups`` are '' where the source has none. ``superclasses`` maps a
    class to its ancestors, nearest first, when nested folders give a hierarchy. ``locations`` says where each item is
    listed, for annotations: 'labels.csv:12', or '' for folders. ``left_out``: the paths of listed images that are not among
    the n, because the exclusion list names them.
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

    def __len__(self) -> int:
        return len(self.paths)

    def label_name(self, row: int) -> str:
        """The given label of an item, '' where there is none."""
        label = int(self.labels[row])
        return self.classes[label] if label >= 0 else ""


def inside(path: str) -> bool:
    """Whether a path stays below the folder it starts from, as far as its text says."""
    parts = path.split("/")
    stays = ".." not in parts and "\0" not in path and any(part not in ("", ".") for part in parts)
    return stays and not path.startswith("/") and not os.path.splitdrive(path)[0]


def file_on_disk(root: Path, path: str, names_on_disk: Mapping[str, bytes]) -> Path:
    """The file behind a listed path, also when its name is not UTF-8."""
    return root / (os.fsdecode(names_on_disk[path]) if path in names_on_disk else path)
