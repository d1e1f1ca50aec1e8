"""Sequences: which images are frames of one recording, told by numbered names that follow what the images show.

Names alone say little: ``apple_1.jpg``, ``apple_2.jpg`` are numbered, too. Frames are a sequence where the next number shows nearly the
same: among an image's five nearest neighbours are its neighbours by number, far more often than others of the same name are.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np
from numpy.typing import NDArray

from datadoctor.stages.index import Neighbours

# Of the nearest images, these may be the frames before and after.
NEAREST = 5
# Frames of a name, from which on they may be a sequence.
LEAST_FRAMES = 8
# Share of frames whose next one is among their nearest, and how much more often that is than for any two of the name.
LEAST_FOLLOWED, MORE_THAN_CHANCE = 0.5, 4.0
_NUMBERED = re.compile(r"^(.*?)(\d+)(\D{0,4})$")
_WORDS_OF_FRAMES = re.compile(
    r"(?:[\s_.\-]+(?:f|fr|frame|frames|img|image|im)?|^(?:f|fr|frame|frames|img|image|im))[\s_.\-]*$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Sequences:
    """``ids`` (n,) int32: the sequence of each image, -1 for none; ``names`` of sequences; ``numbers`` (n,) int64 of frames.

    ``followed``: of each sequence the share of its frames, 0 to 1, whose next one is among their nearest images.
    """

    ids: NDArray[np.int32]
    names: tuple[str, ...]
    numbers: NDArray[np.int64]
    followed: tuple[float, ...]


def sequences(paths: Sequence[str], splits: Sequence[str], neighbours: Neighbours) -> Sequences:
    """The sequences among images of these ``paths``; folders that are those of the ``splits`` do not tell them apart."""
    ids, numbers = np.full(len(paths), -1, dtype=np.int32), np.zeros(len(paths), dtype=np.int64)
    numbered: dict[str, list[int]] = {}
    for row, (path, split) in enumerate(zip(paths, splits, strict=True)):
        name, number = _name_and_number(path, split)
        if number >= 0:
            numbered.setdefault(name, []).append(row)
            numbers[row] = number
    names: list[str] = []
    followed: list[float] = []
    for name, rows in sorted(numbered.items()):
        ordered = np.array(sorted(rows, key=lambda row: (numbers[row], paths[row])))
        share = _followed(ordered, neighbours)
        if share:
            ids[ordered] = len(names)
            names.append(name)
            followed.append(share)
    return Sequences(ids, tuple(names), numbers, tuple(followed))


def _name_and_number(path: str, split: str) -> tuple[str, int]:
    """What a frame's name has before its number, with its folders but that of its split; -1 where it has no number."""
    found = _NUMBERED.match(PurePosixPath(path).stem)
    if not found or len(found[2]) > 18:
        return path, -1
    folders = [name for name in path.split("/")[:-1] if name.casefold() != split.casefold()]
    return "/".join([*folders, _WORDS_OF_FRAMES.sub("", found[1])]).strip("/"), int(found[2])


def _followed(ordered: NDArray[np.int64], neighbours: Neighbours) -> float:
    """The share of frames whose next one is among their nearest, 0 where that says nothing."""
    m = len(ordered)
    if m < LEAST_FRAMES:
        return 0.0
    near = neighbours.rows[ordered, :NEAREST]
    places = np.full(int(neighbours.rows.max(initial=0)) + 2, -1)
    places[ordered[ordered < len(places)]] = np.flatnonzero(ordered < len(places))
    place = np.where(near >= 0, places[near], -1)
    next_one = np.arange(m)[:, None] + 1
    forward, back = (place == next_one).any(axis=1)[:-1], (place == next_one - 2).any(axis=1)[1:]
    share = float((forward | back).mean())
    # What any two of the name would have: the pairs that are near, over all pairs; counted both ways.
    chance = min(1.0, 2 * float((place >= 0).sum()) / (m * (m - 1)))
    return share if share >= LEAST_FOLLOWED and share >= MORE_THAN_CHANCE * chance else 0.0
