"""Text that a terminal can be shown."""

from __future__ import annotations


def shown(text: str) -> str:
    """Text without characters that would move the cursor or break the line of a terminal."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
