"""Opens an image, or says why not: whatever the bytes are, the answer is ``Opened`` or ``Unreadable``.

An exception says that the machine is at fault, not the file: memory or files that may be open ran out.

Safe to call from several threads; decoding, hashing and scaling release the interpreter lock. Only raster formats decoded
in this process are tried, so no file can start another program. A truncated or damaged file is unreadable: half a picture
is not what was labelled. The first frame stands for an animation or a file of several pages.
"""

from __future__ import annotations

import io
import math
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from datadoctor.errors import IncompleteError
from datadoctor.faults import fault_of, is_memory
from datadoctor.quiet import quiet
from datadoctor.sources.box import Box
from datadoctor.sources.originals import ImageFile, box_of, content_of, digest_of, opened
from datadoctor.stages.dataset.look import Look
from datadoctor.stages.reading import deep, dicom, quality
from datadoctor.stages.reading.attempt import attempted
from datadoctor.stages.reading.budget import BUDGET
from datadoctor.stages.reading.formats import FORMATS, kind, why_not_decoded
from datadoctor.stages.reading.frames import Frame, first_frame

THUMBNAIL_SIDE = 160
_AS_IT_IS = Look()


@dataclass(frozen=True, slots=True)
class Opened:
    """A decoded image; the fields are those of ``Images``.

    ``pixels``: RGB with the EXIF orientation applied, of large JPEGs perhaps fewer than ``width`` x ``height``. ``quality``: the
    figures named in ``quality.py``.
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


def read_image(file: ImageFile, look: Look = _AS_IT_IS, needed: int = 0) -> Opened | Unreadable:
    """Read and decode an image file; raises only where the machine is at fault. ``needed``: see ``decode``."""
    try:
        content = content_of(file)
    except (OSError, ValueError) as error:
        if isinstance(fault_of(error), IncompleteError):
            raise
        return Unreadable("", _size(file), _why_not_read(file, error))
    return decode(content, look, box_of(file), needed)


def decode(content: bytes, look: Look = _AS_IT_IS, box: Box | None = None, needed: int = 0) -> Opened | Unreadable:
    """Decode the bytes of an image file, or the part of it that a box is looked at by; raises ``MemoryError`` where memory ran out.

    ``needed``: pixels that both sides must have at least, so that fewer of a large JPEG need be decoded; 0: all. Only ``pixels`` and
    the figures measured on them depend on it.
    """
    digest = digest_of(content, box)
    made = attempted(lambda: _decoded(content, digest, look, box, 0 if box else needed))
    if isinstance(made, Exception):
        return Unreadable(digest, len(content), why_not_decoded(content, made), lasting=not is_memory(made))
    return made


def is_deep(file: ImageFile) -> bool:
    """Whether a file's header announces more than 8 bits or many bands; False for what cannot be opened."""
    return attempted(lambda: _is_deep(file)) is True


def _is_deep(file: ImageFile) -> bool:
    if isinstance(file, Path) and not file.is_file():
        return False
    try:
        with opened(file) as stream, Image.open(stream, formats=FORMATS) as image:
            return deep.is_grey(image) or deep.is_colour(image, _AS_IT_IS)
    except UnidentifiedImageError:
        with opened(file) as stream:
            start = stream.read(132)
            return deep.is_tiff(start) or dicom.is_dicom(start)


def read_deep(file: ImageFile, look: Look) -> deep.Deep | None:
    """All values of an image of more than 8 bits, as they are in the file; None where it cannot be decoded."""
    made = attempted(lambda: _part(first_frame(content_of(file), look), box_of(file)).values)
    return None if isinstance(made, Exception) else made  # damaged files are reported when they are read


def reduced(file: ImageFile, look: Look, side: int) -> Image.Image | None:
    """An image as RGB, large ones at a whole fraction of their size that leaves both sides ``side`` px; None if it cannot be read."""
    box = box_of(file)
    image = attempted(lambda: shown(content_of(file), look, 0 if box else side, box))
    if isinstance(image, Exception):  # damaged files are reported when they are read
        return None
    factor = min(image.size) // side
    return image.reduce(factor) if factor > 1 else image


def shown(content: bytes, look: Look, side: int, box: Box | None = None) -> Image.Image:
    """An image as RGB, for showing at no more than ``side`` px (0: any); raises whatever its decoder does."""
    with quiet(), BUDGET.held():
        return _part(first_frame(content, look, draft=side), box).rgb(look)[0]


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


def is_picture(content: bytes) -> bool:
    """Whether the bytes begin as a picture of a format that is read."""
    return bool(kind(content))


def _size(file: ImageFile) -> int:
    try:
        return file.stat().st_size if isinstance(file, Path) else 0
    except (OSError, ValueError):
        return 0


def _why_not_read(file: ImageFile, error: OSError | ValueError) -> str:
    if isinstance(error, PermissionError):
        return "permission denied"
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return "dangling link" if isinstance(file, Path) and os.path.lexists(file) else "file not found"
    return str(error.strerror if isinstance(error, OSError) else error)


def _part(frame: Frame, box: Box | None) -> Frame:
    return frame.part(box.looked_at(*frame.size)) if box else frame


def _decoded(content: bytes, digest: str, look: Look, box: Box | None, needed: int) -> Opened:
    whole = first_frame(content, look, draft=needed)
    frame = _part(whole, box)
    pixels = whole.digest_at(box.pixels(*whole.size)) if box and frame is whole else frame.digest
    rgb, shown = frame.rgb(look)
    width, height = frame.full_size if frame.full_size[0] else rgb.size
    found = "; ".join(filter(None, (frame.turned, shown, frame.several)))
    measured = {**quality.figures(rgb), "aspect": max(width, height) / min(width, height)}
    return Opened(rgb, digest, pixels, width, height, frame.mode, len(content), found, measured)
