"""Opens an image, or says why not: whatever the bytes are, the answer is ``Opened`` or ``Unreadable``, never an exception.

Safe to call from several threads; decoding, hashing and scaling release the interpreter lock. Only raster formats decoded
in this process are tried, so no file can start another program. A truncated or damaged file is unreadable: half a picture
is not what was labelled. The first frame stands for an animation or a file of several pages.
"""

from __future__ import annotations

import hashlib
import io
import os
import stat
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

from datadoctor.stages.reading import pixels, quality

# Beyond this, PIL itself warns of a decompression bomb: 89 million pixels, 268 MB decoded.
MOST_PIXELS = 89_478_485
MOST_BYTES = 2**30
THUMBNAIL_SIDE = 160
_ORIENTATION = 0x0112
_WANTED = ("PNG", "JPEG", "MPO", "GIF", "BMP", "DIB", "TIFF", "WEBP", "PPM", "JPEG2000", "AVIF", "ICO")

# Loading the decoders once, here: PIL's own lazy loading is not safe from several threads.
Image.init()
FORMATS = tuple(name for name in _WANTED if name in Image.OPEN)
# PIL's warnings about odd files become findings; on the terminal they would only name a line of PIL.
warnings.filterwarnings("ignore", module=r"PIL\.")


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
    """

    digest: str
    file_size: int
    cause: str


def read_image(file: Path) -> Opened | Unreadable:
    """Read and decode an image file; never raises."""
    try:
        content = content_of(file)
    except (OSError, ValueError) as error:
        return Unreadable("", _size(file), _why_not_read(file, error))
    return decode(content)


def decode(content: bytes) -> Opened | Unreadable:
    """Decode the bytes of an image file; never raises."""
    digest = hashlib.sha256(content).hexdigest()
    try:
        return _decoded(content, digest)
    except Exception as error:  # noqa: BLE001 - decoders raise nearly every exception there is on damaged bytes
        return Unreadable(digest, len(content), _why_not_decoded(content, error))


def thumbnail(image: Image.Image) -> bytes:
    """A JPEG of an RGB image with the longest side at most 160 pixels; smaller images keep their size."""
    small = image.copy()
    small.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE), reducing_gap=2.0)
    buffer = io.BytesIO()
    small.save(buffer, "JPEG", quality=80)
    return buffer.getvalue()


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
    return bool(_kind(content))


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


def _decoded(content: bytes, digest: str) -> Opened:
    if not content:
        raise ValueError("empty file")
    with Image.open(io.BytesIO(content), formats=FORMATS) as image:
        if image.width * image.height > MOST_PIXELS:
            raise Image.DecompressionBombError(_too_large(image.width * image.height, f"{image.width}x{image.height}"))
        image.load()
        mode = image.mode
        frame, turned = _upright(image)
        rgb, stretched = pixels.to_rgb(frame)
        pixel_digest = pixels.digest(frame)
        # Asking for a second frame moves on in the file, so it comes last.
        several = _several_frames(image)
    found = "; ".join(filter(None, (turned, stretched, several)))
    return Opened(
        rgb, digest, pixel_digest, rgb.width, rgb.height, mode, len(content), found, quality.figures(rgb)
    )  # fmt: skip


def _upright(image: Image.Image) -> tuple[Image.Image, str]:
    try:
        orientation = image.getexif().get(_ORIENTATION, 1)
        if orientation in (None, 1):
            return image.copy(), ""
        return ImageOps.exif_transpose(image), f"turned by its EXIF orientation ({orientation})"
    except Exception:  # noqa: BLE001 - a damaged EXIF block does not make the picture unreadable
        return image.copy(), "its EXIF data is damaged"


def _several_frames(image: Image.Image) -> str:
    # An MPO's further frames are a camera's previews, depth or gain maps of the same shot.
    if image.format == "MPO":
        return ""
    try:
        return "several frames: only the first is used" if getattr(image, "is_animated", False) else ""
    except Exception:  # noqa: BLE001 - the first frame is whole, only what follows is damaged
        return "damaged after the first frame, which is used"


def _too_large(count: int, size: str) -> str:
    return f"too large: {size} pixels would need {count * 3 / 1e9:.1f} GB; at most {MOST_PIXELS:,} pixels are decoded"


def _why_not_decoded(content: bytes, error: Exception) -> str:
    text = str(error) or type(error).__name__
    if isinstance(error, Image.DecompressionBombError):
        count = next((int(word) for word in text.replace("(", " ").split() if word.isdigit()), 0)
        return text if text.startswith("too large") else _too_large(count, f"{count:,}")
    if not content:
        return "empty file"
    if isinstance(error, MemoryError):
        return "too large: not enough memory to decode it"
    kind = _kind(content)
    if not kind:
        return "not an image, or of a format that is not supported"
    if "truncated" in text.lower():
        return f"truncated {kind} file: {text}"
    detail = "its header cannot be read" if isinstance(error, UnidentifiedImageError) else text
    return f"damaged {kind} file: {detail}"


def _kind(content: bytes) -> str:
    """The format that the first bytes announce, '' if none."""
    start = content[:16].ljust(16, b"\0")
    for name in FORMATS:
        accepts = Image.OPEN[name][1]
        if accepts and accepts(start) is True:
            return name
    return ""
