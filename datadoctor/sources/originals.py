"""Originals: where the bytes of an item are, and which part of the picture it is. Whatever opens an image asks here.

A file of its own stays a ``Path``. A member of an archive, a row of a table or an object in a photo is an ``Original``.
"""

from __future__ import annotations

import hashlib
import io
import stat as modes
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol, TypeAlias

from datadoctor import cache
from datadoctor.sources.box import Box

MOST_BYTES = 2**30


class Original(Protocol):
    """What is no file of its own."""

    @property
    def name(self) -> str:
        """Where it is, in words that no other original has: the cache knows it by them."""
        ...

    @property
    def suffix(self) -> str:
        """The extension of its name, with the dot; '' for none."""
        ...

    @property
    def box(self) -> Box | None:
        """The part of the picture that it is, None for all of it."""
        ...

    def stamp(self) -> str:
        """What changes whenever its bytes do, without reading them. Raises ``OSError``."""
        ...

    def read(self) -> bytes:
        """Its bytes; raises ``OSError`` or ``ValueError`` where there are none, or too many."""
        ...


ImageFile: TypeAlias = Path | Original


@dataclass(frozen=True, slots=True)
class Crop:
    """An object in a photo: the bytes are those of the photo."""

    photo: ImageFile
    part: Box

    @property
    def name(self) -> str:
        """The photo's, with the box."""
        photo = self.photo.absolute() if isinstance(self.photo, Path) else self.photo.name
        return f"{photo}#{self.part.text}"

    @property
    def suffix(self) -> str:
        """The photo's."""
        return self.photo.suffix

    @property
    def box(self) -> Box:
        """Where the object is."""
        return self.part

    def stamp(self) -> str:
        """The photo's: the box is in the name."""
        return stamp_of(self.photo)

    def read(self) -> bytes:
        """The photo."""
        return content_of(self.photo)


def name_of(file: ImageFile) -> Path | str:
    """By what the cache knows it."""
    return file if isinstance(file, Path) else file.name


def box_of(file: ImageFile) -> Box | None:
    """The part of the picture that the item is, None for all of it."""
    return None if isinstance(file, Path) else file.box


def photo_of(file: ImageFile) -> Path | str | None:
    """What the item is a part of, by name; None where it is all of an image."""
    return name_of(file.photo) if isinstance(file, Crop) else None


def stamp_of(file: ImageFile) -> str:
    """What changes whenever the bytes do. Raises ``OSError``, and ``ValueError`` for a name that can be no file's."""
    return cache.stamp(file) if isinstance(file, Path) else file.stamp()


def content_of(file: ImageFile) -> bytes:
    """The bytes of an image, also behind links; raises ``OSError``, and ``ValueError`` for what is no file or more than a GB."""
    if not isinstance(file, Path):
        return file.read()
    status = file.stat()
    # Opening a pipe or a device could wait for ever.
    if not modes.S_ISREG(status.st_mode):
        raise ValueError("a folder" if modes.S_ISDIR(status.st_mode) else "not a regular file")
    check_size(status.st_size)
    return file.read_bytes()


def check_size(n_bytes: int) -> None:
    """Raise ``ValueError`` for an image of more than a GB."""
    if n_bytes > MOST_BYTES:
        raise ValueError(f"too large: a file of {n_bytes:,} bytes, at most {MOST_BYTES:,} are read")


def opened(file: ImageFile) -> BinaryIO:
    """The bytes as a stream, for what needs their beginning only; raises as ``content_of`` does."""
    if isinstance(file, Path) and file.is_file():
        return file.open("rb")
    return io.BytesIO(content_of(file))


def digest_of(content: bytes, box: Box | None) -> str:
    """sha256 hex of an item's bytes; of an object in a photo, of these and of its box."""
    digest = hashlib.sha256(content).hexdigest()
    return hashlib.sha256(f"{digest} {box.text}".encode("ascii")).hexdigest() if box else digest


def digest_if_readable(file: ImageFile) -> str:
    """The digest of what an item is now, '' if it cannot be read."""
    try:
        return digest_of(content_of(file), box_of(file))
    except (OSError, ValueError):
        return ""
