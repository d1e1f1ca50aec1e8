"""What decisions are applied to: a manifest whose label cells change, or a folder of class folders whose images move."""

from __future__ import annotations

import os
import posixpath
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Protocol

from datadoctor.files import digest_if_readable
from datadoctor.links import real
from datadoctor.relabel.apply.decisions import Decision
from datadoctor.relabel.apply.manifests import Manifest
from datadoctor.sources import Listing, file_on_disk
from datadoctor.sources.folder import list_folder
from datadoctor.sources.spelling import folded

MOST_HOPS = 40


class Target(Protocol):
    """A dataset to correct."""

    @property
    def root(self) -> Path:
        """The folder that paths start from."""
        ...

    @property
    def classes(self) -> frozenset[str]:
        """The labels in use."""
        ...

    def label_of(self, path: str) -> str | None:
        """The current label; None where the dataset has no such path, or several labels for it."""
        ...

    def where(self, path: str) -> str:
        """Where the label is written: 'labels.csv:12', or the path itself."""
        ...

    def digest(self, path: str) -> str:
        """sha256 hex of the bytes the image has now, '' if it cannot be read."""
        ...

    def there(self, path: str) -> bool:
        """Whether the dataset has this image, readable or not."""
        ...

    def names(self, label: str) -> Sequence[str]:
        """The classes that the text of a label names: itself, or several."""
        ...

    def stands(self, one: Decision) -> bool:
        """Whether the label is as the reviewer of a decision saw it."""
        ...

    def done(self, one: Decision) -> bool:
        """Whether the image has the new label of a decision already."""
        ...


class OneLabel:
    """What images with one label each have in common."""

    def label_of(self, path: str) -> str | None:
        """The current label; None where the dataset has no such path, or several labels for it."""
        raise NotImplementedError

    def names(self, label: str) -> Sequence[str]:
        """The label itself."""
        return (label,)

    def stands(self, one: Decision) -> bool:
        """Whether the label is the one that the reviewer saw, or a spelling of it."""
        label = self.label_of(one.path)
        return label is not None and (label == one.given_label or folded(label) == folded(one.given_label))


@dataclass(frozen=True)
class ManifestTarget(OneLabel):
    """``file`` is what ``manifest`` was read from, ``sha256`` (hex) its digest then."""

    root: Path
    file: Path
    sha256: str
    manifest: Manifest

    @cached_property
    def classes(self) -> frozenset[str]:
        """The labels in use."""
        return frozenset(cell.label for cells in self.manifest.cells.values() for cell in cells if cell.label)

    def label_of(self, path: str) -> str | None:
        """The label in every row of the path."""
        labels = {cell.label for cell in self.manifest.cells.get(path, ())}
        return labels.pop() if len(labels) == 1 else None

    def where(self, path: str) -> str:
        """The first row of the path."""
        cells = self.manifest.cells.get(path, ())
        return cells[0].where if cells else path

    def digest(self, path: str) -> str:
        """Of the file that the row names."""
        return digest_if_readable(self.root / path)

    def there(self, path: str) -> bool:
        """Whether the file that a row may name is there."""
        return os.path.lexists(self.root / path)

    def done(self, one: Decision) -> bool:
        """Whether the row says so, for these bytes."""
        return self.label_of(one.path) == one.new_label and self.digest(one.path) == one.digest

    def content(self, relabels: Sequence[Decision]) -> bytes:
        """The manifest with other labels for these images."""
        return self.manifest.with_labels({one.path: one.new_label for one in relabels})


@dataclass(frozen=True)
class FolderTarget(OneLabel):
    """A folder as an audit lists it."""

    root: Path

    @cached_property
    def listing(self) -> Listing:
        """The images below the folder, their classes as the folders are spelt."""
        return list_folder(self.root, merge_spellings=False)

    @cached_property
    def classes(self) -> frozenset[str]:
        """The names of the class folders."""
        return frozenset(self.listing.classes)

    @cached_property
    def _rows(self) -> Mapping[str, int]:
        return {path: row for row, path in enumerate(self.listing.paths)}

    @cached_property
    def _folders(self) -> Mapping[tuple[str, str, str], set[str]]:
        """The folders, by their names on the disk, of each (split, class, group)."""
        folders: dict[tuple[str, str, str], set[str]] = defaultdict(set)
        for row, path in enumerate(self.listing.paths):
            folder = posixpath.dirname(self.name_on_disk(path))
            folders[self.listing.splits[row], self.listing.label_name(row), self.listing.groups[row]].add(folder)
        return folders

    @cached_property
    def _named(self) -> Mapping[tuple[str, str], list[str]]:
        """The paths of each (class, name of the file)."""
        named: dict[tuple[str, str], list[str]] = defaultdict(list)
        for row, path in enumerate(self.listing.paths):
            named[self.listing.label_name(row), posixpath.basename(path)].append(path)
        return named

    @cached_property
    def shown_by(self) -> Mapping[str, list[str]]:
        """For each file or link that listed links lead through, behind all links to folders, the names of those on the disk."""
        shown: dict[str, list[str]] = defaultdict(list)
        for name in map(self.name_on_disk, self.listing.paths):
            for hop in _hops(self.root / name):
                shown[hop].append(name)
        return shown

    def name_on_disk(self, path: str) -> str:
        """The path with names that are not UTF-8 as ``os.fsdecode`` gives them."""
        found = self.listing.names_on_disk.get(path)
        return path if found is None else os.fsdecode(found)

    def label_of(self, path: str) -> str | None:
        """The class of the folder that the image lies in."""
        row = self._rows.get(path)
        return None if row is None else self.listing.label_name(row)

    def where(self, path: str) -> str:
        """The image itself."""
        return path

    def digest(self, path: str) -> str:
        """Of the file at this path."""
        return digest_if_readable(file_on_disk(self.root, path, self.listing.names_on_disk))

    def there(self, path: str) -> bool:
        """Whether it is listed."""
        return path in self._rows

    def done(self, one: Decision) -> bool:
        """Whether the image is no longer here, and lies in a folder of the new class."""
        if one.path in self._rows:
            return False
        moved = self._named.get((one.new_label, posixpath.basename(one.path)), ())
        return any(self.digest(path) == one.digest != "" for path in moved)

    def destination(self, path: str, new_label: str) -> str | None:
        """Where on the disk an image of the new class belongs, in the same split and group; None where that is not one certain place."""
        row, given = self._rows[path], self.label_of(path)
        folders = sorted(self._folders.get((self.listing.splits[row], new_label, self.listing.groups[row]), ()))
        here = PurePosixPath(self.name_on_disk(path))
        if not folders and PurePosixPath(new_label).name == new_label not in ("", ".", ".."):
            folders = [(here.parent.parent / new_label).as_posix()] if here.parent.name == given else []
        return posixpath.join(folders[0], here.name) if len(folders) == 1 else None


def _hops(link: Path) -> Iterator[str]:
    """What a link leads through, up to where systems give up on a loop."""
    for _ in range(MOST_HOPS):
        if not link.is_symlink():
            return
        shown = link.parent / link.readlink()
        link = real(shown.parent) / shown.name
        yield str(link)
