"""The formats that are decoded, those that another package adds, and why a file could not be decoded, in plain words."""

from __future__ import annotations

import importlib.util
import logging
import warnings

from PIL import Image, UnidentifiedImageError

from datadoctor.faults import is_memory
from datadoctor.stages.reading import dicom
from datadoctor.stages.reading.causes import LFS_POINTER, is_lfs_pointer, needs

_WANTED = ("PNG", "JPEG", "MPO", "GIF", "BMP", "DIB", "TIFF", "WEBP", "PPM", "JPEG2000", "AVIF", "ICO", "HEIF")
# Formats by their first bytes that PIL opens only with a package's help, and that package.
_JXL = (b"\xff\x0a", b"\0\0\0\x0cJXL \r\n\x87\n")
_HEIC_BRANDS = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"hevm", b"hevs", b"mif1", b"msf1")
_AVIF_BRANDS = (b"avif", b"avis")
_PACKAGES = {"DICOM": "pydicom", "HEIC": "pillow-heif", "AVIF": "pillow>=11.3", "JPEG XL": "imagecodecs"}
# What PIL's decoders return instead of words; the words that libtiff has for it go to the terminal of nobody.
_CODES = {"decoder error -2": "its compressed data cannot be decoded", "-2": "its compressed data cannot be decoded"}


def _add_heif() -> None:
    try:
        from pillow_heif import register_heif_opener
    except ImportError:
        return
    register_heif_opener()


# Loading the decoders once, here: PIL's own lazy loading is not safe from several threads.
Image.init()
_add_heif()
FORMATS = tuple(name for name in _WANTED if name in Image.OPEN)
# Blocks of this size go back to the system when an image is let go; PIL's own, of 16 MB, the C library would keep.
Image.core.set_block_size(64 * 2**20)  # type: ignore[attr-defined]
# PIL's warnings about odd files become findings; on the terminal they would only name a line of PIL.
warnings.filterwarnings("ignore", module=r"PIL\.")
logging.getLogger("PIL").addHandler(logging.NullHandler())


def why_not_decoded(content: bytes, error: Exception) -> str:
    """The cause, for whoever looks after the file."""
    text = str(error) or type(error).__name__
    if text.startswith(("too large", "its box")):
        return text
    if not content:
        return "empty file"
    if is_memory(error):
        return "damaged: its decoder asks for more memory than its pixels need"
    if is_lfs_pointer(content):
        return LFS_POINTER
    foreign = _foreign(content)
    if foreign and not _is_read(foreign):
        return needs(_PACKAGES[foreign], foreign)
    name = foreign or kind(content)
    if not name:
        return "not an image, or of a format that is not supported"
    if "truncated" in text.lower():
        return f"truncated {name} file: {text}"
    if "--bands" in text or "pip install" in text:
        return f"{name} file: {text}"
    detail = "its header cannot be read" if isinstance(error, UnidentifiedImageError) else _CODES.get(text, text)
    return f"damaged {name} file: {detail}"


def is_jxl(content: bytes) -> bool:
    """Whether the first bytes are those of a JPEG XL."""
    return content.startswith(_JXL)


def _is_read(name: str) -> bool:
    """Whether the package for this format is here."""
    if name == "JPEG XL":
        return importlib.util.find_spec("imagecodecs") is not None
    if name == "DICOM":
        return dicom.AVAILABLE
    return {"HEIC": "HEIF", "AVIF": "AVIF"}[name] in FORMATS


def _foreign(content: bytes) -> str:
    """The format that PIL opens only with help, '' for others."""
    if is_jxl(content):
        return "JPEG XL"
    if dicom.is_dicom(content):
        return "DICOM"
    if content[4:8] != b"ftyp":
        return ""
    brands = {content[8:12], *(content[place : place + 4] for place in range(16, min(_box_end(content), 64), 4))}
    if brands & set(_AVIF_BRANDS):
        return "AVIF"
    return "HEIC" if brands & set(_HEIC_BRANDS) else ""


def _box_end(content: bytes) -> int:
    return int.from_bytes(content[:4], "big")


def kind(content: bytes) -> str:
    """The format that the first bytes announce, '' if none."""
    start = content[:16].ljust(16, b"\0")
    for name in FORMATS:
        accepts = Image.OPEN[name][1]
        if accepts and accepts(start) is True:
            return name
    return ""
