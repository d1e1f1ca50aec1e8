"""The size budget of the page, spent on the worst items first."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

SMALL_SIDE = 72


@dataclass
class Album:
    """Thumbnails under a budget of characters, base64; ``place`` maps an item's digest to its position in ``jpegs``."""

    budget: int
    jpegs: list[str] = field(default_factory=list)
    place: dict[str, int] = field(default_factory=dict)
    left_out: int = 0

    def add(self, digest: str, jpeg: bytes | None) -> bool:
        """Take a thumbnail unless there is none or the budget is spent; True while there is room."""
        if digest in self.place or jpeg is None:
            return True
        text = base64.b64encode(jpeg).decode("ascii")
        if len(text) + 1 > self.budget:
            self.left_out += 1
            return False
        self.budget -= len(text) + 1
        self.place[digest] = len(self.jpegs)
        self.jpegs.append(text)
        return True


def filled_album(
    large: Iterable[str], small: Iterable[str], thumbnail: Callable[[str], bytes | None], budget: int
) -> Album:
    """As many thumbnails as fit: four fifths of the budget for the digests in ``large``, the rest for ``small`` ones.

    ``large`` are shown as given; ``small``, the neighbours and examples around them, are reduced to ``SMALL_SIDE`` px.
    """
    album = Album(budget * 4 // 5)
    _fill(album, large, thumbnail)
    album.budget += budget // 5
    _fill(album, small, lambda digest: _reduced(thumbnail(digest)))
    return album


def _fill(album: Album, digests: Iterable[str], thumbnail: Callable[[str], bytes | None]) -> None:
    for digest in digests:
        if digest and digest not in album.place and not album.add(digest, thumbnail(digest)):
            return


def _reduced(jpeg: bytes | None) -> bytes | None:
    if jpeg is None:
        return None
    from PIL import Image

    image = Image.open(io.BytesIO(jpeg))
    image.thumbnail((SMALL_SIDE, SMALL_SIDE))
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=75)
    return stream.getvalue()


def in_turn(lists: Sequence[Sequence[int]]) -> Iterator[int]:
    """The first of each list, then the second of each, and so on: every list's worst come first."""
    missing = object()
    for several in zip_longest(*lists, fillvalue=missing):
        yield from (entry for entry in several if isinstance(entry, int))
