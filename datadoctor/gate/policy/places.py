"""Which line of a TOML text a value is on: the standard reader does not say."""

from __future__ import annotations

import re
from typing import TypeAlias

KeyPath: TypeAlias = tuple[str | int, ...]


def line_of(text: str, path: KeyPath) -> int:
    """The line, from 1, of the key at the end of ``path`` (names, and places in lists of tables); 0 if not found."""
    lines = text.splitlines()
    at, found = 0, 0
    for index, part in enumerate(path):
        if isinstance(part, int):
            continue
        nth = path[index + 1] if index + 1 < len(path) else 0
        hits = [number for number in range(at, len(lines)) if _names(lines[number], part)]
        if not hits:
            return found
        # Entries of a list of tables follow each other, each under its own heading.
        at = hits[min(nth, len(hits) - 1)] if isinstance(nth, int) else hits[0]
        found = at + 1
    return found


def _names(line: str, name: str) -> bool:
    """Whether a line has the name as a key: in a heading, before '=', or as part of a dotted key."""
    bare = re.escape(name)
    return re.search(rf"""(?:^|[\[{{.,\s])(?:"{bare}"|'{bare}'|{bare})\s*(?:[=.\]])""", line.split("#")[0]) is not None
