"""Images that are packed into larger files: members of archives, rows of tables. Nothing is unpacked to the disk by a name."""

from __future__ import annotations

import tempfile
from functools import lru_cache
from pathlib import Path


@lru_cache(maxsize=1)
def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="datadoctor-")


def temporary_file() -> Path:
    """A new file, under a name of no image's, that goes when the program ends."""
    handle, name = tempfile.mkstemp(dir=_folder().name)
    open(handle, "rb").close()  # noqa: PTH123 - a descriptor
    return Path(name)
