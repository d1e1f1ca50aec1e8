"""Dataset: the readable part of a listing; every later array has its rows. ``Images`` is what opening each one showed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datadoctor.sources import Listing, Votes, file_of, label_name
from datadoctor.sources.originals import ImageFile, Original, photo_of
from datadoctor.stages.dataset.look import Look


@dataclass(frozen=True, slots=True)
class Images:
    """Facts found by opening images: n rows, in the order of the listing or dataset they belong to.

    ``readable`` (n,) bool; ``errors`` the cause where it is False, '' elsewhere; ``warnings`` what was unusual but
    readable ('several frames: only the first is used', ...). ``digests``: sha256 hex of the file's bytes ('' if they
    could not be read). ``pixel_digests``: sha256 hex of size, colour mode and decoded pixels with the EXIF orientation
    applied, so a lossless re-encoding keeps it; of a large JPEG, of what they are decoded from ('' if unreadable).
    ``widths``/``heights`` (n,) int32 pixels, as displayed.
    ``file_sizes`` (n,) int64 bytes. ``modes``: PIL mode in the file. ``quality``: named (n,) float32 columns, described in
    ``quality.py`` (NaN where unreadable). ``look``: how all of them were made visible, and are to be when opened again.
    """

    readable: NDArray[np.bool_]
    errors: tuple[str, ...]
    warnings: tuple[str, ...]
    digests: tuple[str, ...]
    pixel_digests: tuple[str, ...]
    widths: NDArray[np.int32]
    heights: NDArray[np.int32]
    file_sizes: NDArray[np.int64]
    modes: tuple[str, ...]
    quality: Mapping[str, NDArray[np.float32]]
    look: Look = field(default_factory=Look)

    def __len__(self) -> int:
        return len(self.errors)

    def take(self, rows: NDArray[np.int64]) -> Images:
        """The same facts for some of the rows."""
        index = rows.tolist()
        return Images(
            readable=self.readable[rows],
            errors=tuple(self.errors[i] for i in index),
            warnings=tuple(self.warnings[i] for i in index),
            digests=tuple(self.digests[i] for i in index),
            pixel_digests=tuple(self.pixel_digests[i] for i in index),
            widths=self.widths[rows],
            heights=self.heights[rows],
            file_sizes=self.file_sizes[rows],
            modes=tuple(self.modes[i] for i in index),
            quality={name: values[rows] for name, values in self.quality.items()},
            look=self.look,
        )

    @staticmethod
    def joined(parts: Sequence[Images]) -> Images:
        """The facts of at least one part, one after the other; the look is the first one's."""
        return Images(**{one.name: _chained([getattr(part, one.name) for part in parts]) for one in fields(Images)})


def _chained(parts: Sequence[Any]) -> Any:
    first = parts[0]
    if isinstance(first, np.ndarray):
        return np.concatenate(parts)
    if isinstance(first, Mapping):
        return {name: _chained([part[name] for part in parts]) for name in first}
    return tuple(chain.from_iterable(parts)) if isinstance(first, tuple) else first


@dataclass(frozen=True, slots=True)
class Dataset:
    """The readable images of a listing: n rows sorted by path; every later array is aligned with them.

    ``labels`` (n,) int32 index ``classes``; -1 means no given label: never trained on, never called a mislabel, still
    compared for duplicates. ``listing_rows`` (n,) int64: the row of each in the listing. ``class_names``: what people call those
    classes whose names are ids. ``several``: as in the listing, where images may have several labels. ``votes``: as in the
    listing, where several people labelled the same images.
    """

    root: Path
    paths: tuple[str, ...]
    labels: NDArray[np.int32]
    classes: tuple[str, ...]
    splits: tuple[str, ...]
    groups: tuple[str, ...]
    superclasses: Mapping[str, tuple[str, ...]]
    images: Images
    listing_rows: NDArray[np.int64]
    names_on_disk: Mapping[str, bytes] = field(default_factory=dict)
    class_names: Mapping[str, str] = field(default_factory=dict)
    originals: Mapping[str, Original] = field(default_factory=dict)
    several: NDArray[np.int8] | None = None
    votes: Votes | None = None

    def __len__(self) -> int:
        return len(self.paths)

    def called(self, class_id: str) -> str:
        """A class for people: 'goldfish (n01443537)' where its id is known in words, else the id."""
        return self.class_names.get(class_id, class_id)

    def label_name(self, row: int) -> str:
        """The given label of an item, or its labels as one text; '' where there is none."""
        return label_name(self.labels, self.classes, row, self.several)

    def class_sizes(self) -> NDArray[np.int64]:
        """(K,) images with each class as a label."""
        if self.several is not None:
            return np.asarray((self.several == 1).sum(axis=0), dtype=np.int64)
        return np.bincount(self.labels[self.labels >= 0], minlength=len(self.classes)).astype(np.int64)

    def strata(self) -> NDArray[np.int32]:
        """(n,) one class an image, -1 for none, to draw evenly by: its label, the rarest of several."""
        if self.several is None or not self.classes:
            return self.labels
        rarity = np.where(self.several == 1, 1 / np.maximum(self.class_sizes(), 1), 0.0)
        return np.where(rarity.max(axis=1) > 0, rarity.argmax(axis=1), -1).astype(np.int32)

    def file(self, row: int) -> ImageFile:
        """Where the bytes of the image are."""
        return file_of(self.root, self.paths[row], self.names_on_disk, self.originals)

    def photos(self) -> NDArray[np.int32]:
        """(n,) the same number for parts of one photo; a number of its own for every image that is no part of one."""
        number: dict[object, int] = {}
        found = ((photo_of(self.file(row)) or row) if self.originals else row for row in range(len(self)))
        return np.array([number.setdefault(one, len(number)) for one in found], dtype=np.int32)


def readable_part(listing: Listing, images: Images, class_names: Mapping[str, str] | None = None) -> Dataset:
    """The rows of a listing whose image could be read; ``class_names``: classes in words, by id."""
    rows = np.flatnonzero(images.readable).astype(np.int64)
    index = rows.tolist()
    return Dataset(
        root=listing.root,
        paths=tuple(listing.paths[i] for i in index),
        labels=listing.labels[rows],
        classes=listing.classes,
        splits=tuple(listing.splits[i] for i in index),
        groups=tuple(listing.groups[i] for i in index),
        superclasses=listing.superclasses,
        images=images.take(rows),
        listing_rows=rows,
        names_on_disk=listing.names_on_disk,
        class_names=class_names or {},
        originals=listing.originals,
        several=None if listing.several is None else listing.several[rows],
        votes=listing.votes and listing.votes.take(rows, len(listing)),
    )
