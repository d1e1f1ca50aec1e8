"""Opens an image, or says why not: whatever the bytes are, the answer is ``Opened`` or ``Unreadable``.

An exception says that the machine is at fault, not the file: memory or files that may be open ran out.

Safe to call from several threads; decoding, hashing and scaling release the interpreter lock. Only raster formats decoded
in this process are tried, so no file can start another program. A truncated or damaged file is unreadable: half a picture
is not what was labelled. The first frame stands for an animation or a file of several pages.
"""

from __future__ import annotations

import hashlib
import io
import math
import os
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from datadoctor.errors import IncompleteError
from datadoctor.faults import fault_of, is_memory
from datadoctor.quiet import quiet
from datadoctor.stages.dataset.look import Look
from datadoctor.stages.reading import deep, quality
from datadoctor.stages.reading.attempt import attempted
from datadoctor.stages.reading.budget import BUDGET
from datadoctor.stages.reading.formats import FORMATS, kind, why_not_decoded
from datadoctor.stages.reading.frames import first_frame

MOST_BYTES = 2**30
THUMBNAIL_SIDE = 160
_AS_IT_IS = Look()


@dataclass(frozen=True, slots=True)
class Opened:
    """A decoded image; the fields are those of ``Images``.

    ``pixels``: RGB with the EXIF orientation applied. ``quality``: the figures named in ``quality.py``.
    """

    pixels: Image.Image
    digest: str
    pixel_digest: str
    width: int
    height: int
    mode: str
    file_size: int
    warning: str
    quality: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An image that could not be opened, and the cause in plain words.

    ``digest``: sha256 hex of the bytes, '' if they could not be read. ``file_size`` in bytes, 0 if there is no file.
    ``lasting``: whether the cause is in the file alone, so that it may be remembered.
    """

    digest: str
    file_size: int
    cause: str
    lasting: bool = True


def read_image(file: Path, look: Look = _AS_IT_IS) -> Opened | Unreadable:
    """Read and decode an image file; raises only where the machine is at fault."""
    try:
        content = content_of(file)
    except (OSError, ValueError) as error:
        if isinstance(fault_of(error), IncompleteError):
            raise
        return Unreadable("", _size(file), _why_not_read(file, error))
    return decode(content, look)


def decode(content: bytes, look: Look = _AS_IT_IS) -> Opened | Unreadable:
    """Decode the bytes of an image file; raises ``MemoryError`` where memory ran out."""
    digest = hashlib.sha256(content).hexdigest()
    made = attempted(lambda: _decoded(content, digest, look))
    if isinstance(made, Exception):
        return Unreadable(digest, len(content), why_not_decoded(content, made), lasting=not is_memory(made))
    return made


def is_deep(file: Path) -> bool:
    """Whether a file's header announces more than 8 bits or many bands; False for what cannot be opened."""
    return attempted(lambda: _is_deep(file)) is True


def _is_deep(file: Path) -> bool:
    if not file.is_file():
        return False
    try:
        with Image.open(file, formats=FORMATS) as image:
            return deep.is_grey(image) or deep.is_colour(image, _AS_IT_IS)
    except UnidentifiedImageError:
        with file.open("rb") as stream:
            return deep.is_tiff(stream.read(4))


def read_deep(file: Path, look: Look) -> deep.Deep | None:
    """All values of an image of more than 8 bits, as they are in the file; None where it cannot be decoded."""
    made = attempted(lambda: first_frame(content_of(file), look).values)
    return None if isinstance(made, Exception) else made  # damaged files are reported when they are read


def reduced(file: Path, look: Look, side: int) -> Image.Image | None:
    """An image as RGB, large ones at a whole fraction of their size that leaves both sides ``side`` px; None if it cannot be read."""
    image = attempted(lambda: shown(content_of(file), look, side))
    if isinstance(image, Exception):  # damaged files are reported when they are read
        return None
    factor = min(image.size) // side
    return image.reduce(factor) if factor > 1 else image


def shown(content: bytes, look: Look, side: int) -> Image.Image:
    """An image as RGB, for showing at no more than ``side`` px; raises whatever its decoder does."""
    with quiet(), BUDGET.held():
        return first_frame(content, look, draft=side).rgb(look)[0]


def thumbnail(image: Image.Image) -> bytes:
    """A JPEG of an RGB image with the longest side at most 160 pixels; smaller images keep their size."""
    side = THUMBNAIL_SIDE
    # As Image.thumbnail does it, without a copy of the whole.
    small = image.resize(_fitted(image.size, side), reducing_gap=2.0) if max(image.size) > side else image
    buffer = io.BytesIO()
    small.save(buffer, "JPEG", quality=80)
    return buffer.getvalue()


def _fitted(size: tuple[int, int], side: int) -> tuple[int, int]:
    """The size of the same shape whose longest side is ``side``, rounded so that the shape is kept best."""
    aspect = size[0] / size[1]
    if aspect <= 1:
        return _nearest(side * aspect, lambda width: abs(aspect - width / side)), side
    return side, _nearest(side / aspect, lambda height: abs(aspect - side / height) if height else 0.0)


def _nearest(number: float, error: Callable[[int], float]) -> int:
    return max(min(math.floor(number), math.ceil(number), key=error), 1)


def content_of(file: Path) -> bytes:
    """The bytes of a regular file, also behind links; raises ``OSError``, and ``ValueError`` for anything else or more than a GB."""
    status = file.stat()
    # Opening a pipe or a device could wait for ever.
    if not stat.S_ISREG(status.st_mode):
        raise ValueError("a folder" if stat.S_ISDIR(status.st_mode) else "not a regular file")
    if status.st_size > MOST_BYTES:
        raise ValueError(f"too large: a file of {status.st_size:,} bytes, at most {MOST_BYTES:,} are read")
    return file.read_bytes()


def is_picture(content: bytes) -> bool:
    """Whether the bytes begin as a picture of a format that is read."""
    return bool(kind(content))


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except (OSError, ValueError):
        return 0


def _why_not_read(file: Path, error: OSError | ValueError) -> str:
    if isinstance(error, PermissionError):
        return "permission denied"
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return "dangling link" if os.path.lexists(file) else "file not found"
    return str(error.strerror if isinstance(error, OSError) else error)


def _decoded(content: bytes, digest: str, look: Look) -> Opened:
    frame = first_frame(content, look)
    rgb, shown = frame.rgb(look)
    found = "; ".join(filter(None, (frame.turned, shown, frame.several)))
    return Opened(
        rgb, digest, frame.digest, rgb.width, rgb.height, frame.mode, len(content), found, quality.figures(rgb)
    )  # fmt: skip
