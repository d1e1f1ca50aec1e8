"""PNG files without what is no picture: text and profiles, of which PIL refuses more than a megabyte."""

from __future__ import annotations

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_NO_PICTURE = (b"tEXt", b"zTXt", b"iTXt", b"iCCP")


def has_too_much_text(error: Exception) -> bool:
    """Whether PIL refused a PNG for its texts alone."""
    return "MAX_TEXT" in str(error)


def without_text(content: bytes) -> bytes:
    """The same picture without its texts and profile; what is damaged stays damaged."""
    kept, place = [_SIGNATURE], len(_SIGNATURE)
    while place + 8 <= len(content):
        length = int.from_bytes(content[place : place + 4], "big")
        end = place + 12 + length
        if content[place + 4 : place + 8] not in _NO_PICTURE:
            kept.append(content[place:end])
        place = end
    return b"".join(kept)
