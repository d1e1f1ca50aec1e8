"""The orders in which people's scripts list images and classes, beside the program's own.

File names with digits sort as text in Python ('10' before '2') and naturally for people and file managers; a manifest has the
order of its rows; parts of a dataset are appended one after the other.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from datadoctor.sources import Listing

MOST_SPLITS = 4
_DIGITS = re.compile(r"(\d+)")


@dataclass(frozen=True)
class Order:
    """``name``: in words. ``positions`` (n,) int64: where each of the program's items is in an array written in this order."""

    name: str
    positions: NDArray[np.int64]


@dataclass(frozen=True)
class Listed:
    """The m images that an array may have rows for: see ``Listing``. ``readable`` (n,) int64: those of the dataset."""

    paths: Sequence[str]
    labels: NDArray[np.int32]
    readable: NDArray[np.int64]
    splits: Sequence[str] = ()
    locations: Sequence[str] = ()

    def of_readable(self) -> Listed:
        """The readable ones alone."""
        columns = ([values[row] for row in self.readable] if values else () for values in (self.splits, self.locations))
        return Listed(
            [self.paths[row] for row in self.readable],
            self.labels[self.readable],
            np.arange(len(self.readable)),
            *columns,
        )


def of_listing(listing: Listing, readable: NDArray[np.int64]) -> Listed:
    """All that a source lists."""
    return Listed(listing.paths, listing.labels, readable, listing.splits, listing.locations)


def natural(text: str) -> tuple[tuple[bool, int, str], ...]:
    """A key by which digits sort as numbers, letters without their case."""
    return tuple(
        (not part.isdecimal(), int(part) if part.isdecimal() else 0, part.casefold()) for part in _DIGITS.split(text)
    )


def row_orders(listed: Listed) -> list[Order]:
    """Orders of the images that differ from the program's, the likeliest first; each permutation once."""
    found: dict[bytes, Order] = {}
    for name, keys in _row_keys(listed):
        order = _by(name, keys)
        if not np.array_equal(order.positions, np.arange(len(listed.paths))):
            found.setdefault(order.positions.tobytes(), order)
    return list(found.values())


def class_orders(classes: Sequence[str], listed: Listed) -> list[Order]:
    """The same for the classes."""
    counts = np.bincount(listed.labels[listed.labels >= 0], minlength=len(classes))
    candidates = [
        ("natural order", [natural(name) for name in classes]),
        ("order without regard to case", [name.casefold() for name in classes]),
        (
            "order of first appearance among the sorted paths",
            _first_seen(listed, range(len(listed.paths)), len(classes)),
        ),
        ("order of first appearance in the manifest", _first_seen(listed, _rows_of_manifest(listed), len(classes))),
        ("order of frequency, most frequent first", (-counts).tolist()),
        ("order of frequency, rarest first", counts.tolist()),
        ("reverse order", list(range(len(classes), 0, -1))),
    ]
    found: dict[bytes, Order] = {}
    for name, keys in candidates:
        order = _by(name, keys)
        if keys and not np.array_equal(order.positions, np.arange(len(classes))):
            found.setdefault(order.positions.tobytes(), order)
    return list(found.values())


def _row_keys(listed: Listed) -> Iterator[tuple[str, Sequence[Any]]]:
    paths = listed.paths
    inner: dict[str, Callable[[str], Any]] = {"natural order": natural, "text order": str}
    folders = [path.rpartition("/")[0] for path in paths]
    names = [path.rpartition("/")[2] for path in paths]
    yield "natural order of the paths", [natural(path) for path in paths]
    manifest = _rows_of_manifest(listed)
    if len(manifest):
        yield "order of the manifest's rows", np.argsort(manifest).tolist()
    yield (
        "natural order of the file names within sorted folders",
        [(folder.split("/"), natural(name)) for folder, name in zip(folders, names, strict=True)],
    )
    yield (
        "sorted file names within naturally sorted folders",
        [(natural(folder), name) for folder, name in zip(folders, names, strict=True)],
    )
    yield "text order of the whole paths", paths
    yield "text order without regard to case", [path.casefold() for path in paths]
    for kind, key in inner.items():
        yield f"{kind} of the file names alone", [key(name) for name in names]
        yield (
            f"{kind} within class folders, whatever the split",
            [(folder.rpartition("/")[2], key(name), folder) for folder, name in zip(folders, names, strict=True)],
        )
        for order in _orders_of_splits(listed.splits):
            place = {split: number for number, split in enumerate(order)}
            yield (
                f"{kind} within the splits {', '.join(order)}",
                [(place[split], key(path)) for split, path in zip(listed.splits, paths, strict=True)],
            )


def _orders_of_splits(splits: Sequence[str]) -> Iterator[tuple[str, ...]]:
    names = sorted(set(splits))
    if 1 < len(names) <= MOST_SPLITS:
        yield from itertools.permutations(names)


def _rows_of_manifest(listed: Listed) -> list[int]:
    """The images in the order of the manifest's rows; empty without one."""
    lines = [location.rpartition(":") for location in listed.locations]
    if not lines or not all(line.isdecimal() for _, _, line in lines):
        return []
    return sorted(range(len(lines)), key=lambda row: (lines[row][0], int(lines[row][2])))


def _first_seen(listed: Listed, rows: Sequence[int], n_classes: int) -> list[int]:
    if not len(rows):
        return []
    labels = listed.labels[np.asarray(rows)]
    names, first = np.unique(labels, return_index=True)
    keys = np.full(n_classes, len(labels))
    keys[names[names >= 0]] = first[names >= 0]
    return keys.tolist()


def _by(name: str, keys: Sequence[Any]) -> Order:
    positions = np.empty(len(keys), dtype=np.int64)
    positions[sorted(range(len(keys)), key=keys.__getitem__)] = np.arange(len(keys))
    return Order(name, positions)
