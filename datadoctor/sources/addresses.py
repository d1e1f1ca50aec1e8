"""Which sources are URLs: told without loading what opens them."""

from __future__ import annotations

import re
from pathlib import Path

# As a path, '//' has become '/'.
_URL = re.compile(r"([a-z][a-z0-9+.-]+):/{1,2}(?=[^/])", re.IGNORECASE)


def url_of(source: Path) -> str:
    """The URL that a source is, '' for a path of this machine."""
    text = source.as_posix()
    found = _URL.match(text)
    if not found or source.exists():
        return ""
    scheme = found[1].lower()
    # Names of this machine begin with their root, where others have a server.
    return f"{scheme}://{'/' if scheme == 'file' else ''}{text[found.end() :]}"
