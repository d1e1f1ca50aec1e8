"""The size budget of the page, spent on the worst items first."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest


@dataclass
class Album:
    """Pictures under a budget of characters, base64; ``place`` maps an item's digest to its position in ``pictures``.

    ``taken`` counts the pictures of each filling, ``full`` says whether a filling ended because its budget was spent.
    """

    budget: int = 0
    pictures: list[str] = field(default_factory=list)
    place: dict[str, int] = field(default_factory=dict)
    taken: list[int] = field(default_factory=list)
    full: bool = False

    def fill(self, pictures: Iterable[tuple[str, bytes | None]], budget: int) -> None:
        """Take pictures, most wanted first, until ``budget`` more characters and what earlier fillings left are spent.

        Digests that are there already, or have no picture, are passed over.
        """
        self.budget += budget
        before = len(self.pictures)
        for digest, picture in pictures:
            if picture is not None and not self._add(digest, picture):
                self.full = True
                break
        self.taken.append(len(self.pictures) - before)

    def _add(self, digest: str, picture: bytes) -> bool:
        if digest in self.place:
            return True
        text = base64.b64encode(picture).decode("ascii")
        if len(text) + 1 > self.budget:
            return False
        self.budget -= len(text) + 1
        self.place[digest] = len(self.pictures)
        self.pictures.append(text)
        return True

    def missing(self, digests: Iterable[str]) -> Iterator[str]:
        """The digests without a picture, each once, asked as they come."""
        seen: set[str] = set()
        for digest in digests:
            if digest and digest not in self.place and digest not in seen:
                seen.add(digest)
                yield digest


def in_turn(lists: Sequence[Sequence[int]]) -> Iterator[int]:
    """The first of each list, then the second of each, and so on: every list's worst come first."""
    missing = object()
    for several in zip_longest(*lists, fillvalue=missing):
        yield from (entry for entry in several if isinstance(entry, int))
