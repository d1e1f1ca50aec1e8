"""Large JPEGs: what tells their pixels apart without decoding all of them.

A JPEG can be decoded at a half, a quarter or an eighth of its size for a fraction of the time, which is all that a network, a
thumbnail and figures of quality need of a large one; but then there are no pixels to hash.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

# What is made of an image needs no more of it on both sides, in pixels: quality is measured at 320, the network looks at less.
NEEDED_SIDE = 480
_SCAN, _COMMENT = 0xDA, 0xFE
_APPLICATION = range(0xE0, 0xF0)
_JFIF, _ADOBE = 0xE0, 0xEE


def is_large(width: int, height: int) -> bool:
    """Whether a JPEG of that size has more pixels than are needed: its digest is then that of its compressed pixels."""
    return min(width, height) >= 2 * NEEDED_SIDE


def digest(content: bytes, orientation: int) -> str:
    """Sha256 hex of all that the pixels follow from: the file without comments and metadata, and the EXIF orientation.

    Equal digests are equal pixels. Equal pixels compressed in two ways have two digests, as a JPEG and a PNG of it have.
    """
    whole = hashlib.sha256(f"JPEG {orientation}\n".encode("ascii"))
    for part in _parts(memoryview(content)):
        whole.update(part)
    return whole.hexdigest()


def _parts(content: memoryview) -> Iterator[memoryview]:
    """The segments up to the first scan that decide pixels, and everything from there on; the rest where it has no segments."""
    place = 2
    while place + 4 <= len(content) and content[place] == 0xFF and content[place + 1] != _SCAN:
        marker = content[place + 1]
        if marker == 0xFF:  # padding
            place += 1
            continue
        end = place + 2 + int.from_bytes(content[place + 2 : place + 4], "big")
        if marker == _JFIF:
            yield content[place + 4 : min(end, place + 9)]  # its name alone: that it is there says what the colours are
        elif marker == _ADOBE or not (marker == _COMMENT or marker in _APPLICATION):
            yield content[place:end]
        place = end
    yield content[place:]
