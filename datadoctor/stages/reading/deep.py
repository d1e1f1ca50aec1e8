"""Images of more than 8 bits or more than four bands, as arrays of all their values.

PIL opens grey ones; of colour it would keep the high byte only, and it opens no TIFF of many bands: OpenCV decodes those PNGs,
tifffile those TIFFs.
"""

from __future__ import annotations

import hashlib
import importlib.util
import io
import logging
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from datadoctor.sources.box import Rectangle
from datadoctor.stages.dataset.look import Look

_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_NODATA, _EXTRA_SAMPLES = 42113, 338
_UNASSOCIATED_OR_ASSOCIATED_ALPHA = (1, 2)
_GREY_MODES = ("I", "F")
# What tifffile thinks of odd files is in our own words.
JXL = importlib.util.find_spec("imagecodecs") is not None
logging.getLogger("tifffile").addHandler(logging.NullHandler())


@dataclass(frozen=True)
class Deep:
    """``values`` (h, w, c) of any numeric type; ``alpha`` (h, w) uint8 or None; ``nodata``: the value of pixels without one."""

    values: NDArray[Any]
    format: str
    alpha: NDArray[np.uint8] | None = None
    nodata: float | None = None

    @property
    def kind(self) -> str:
        """Under what the ranges know it: 'TIFF uint16 x13'."""
        return f"{self.format} {self.values.dtype.newbyteorder('=')} x{self.values.shape[2]}"

    def missing(self, values: NDArray[Any]) -> NDArray[np.bool_]:
        """Which of these of its values are no data: the marker that the file declares, NaN and infinity."""
        none: NDArray[np.bool_] = ~np.isfinite(values)
        whole = values.dtype.kind in "iu"
        if self.nodata is None or (
            whole and not np.iinfo(values.dtype).min <= self.nodata <= np.iinfo(values.dtype).max
        ):
            return none
        marked: NDArray[np.bool_] = none | (values == values.dtype.type(self.nodata))
        return marked


def is_tiff(content: bytes) -> bool:
    """Whether the first bytes are those of a TIFF."""
    return content.startswith(_TIFF)


def is_grey(image: Image.Image) -> bool:
    """Whether PIL itself opens all values of this image of more than 8 bits."""
    return image.mode.startswith(_GREY_MODES)


def is_colour(image: Image.Image, look: Look) -> bool:
    """Whether PIL would show less than there is: 8 of 16 bits, or not the bands asked for."""
    if image.format not in ("PNG", "TIFF") or is_grey(image):
        return False
    arguments = [tile[3] for tile in getattr(image, "tile", ())][:1]
    raw = (
        arguments[0]
        if arguments and isinstance(arguments[0], str)
        else arguments[0][0]
        if arguments and arguments[0]
        else ""
    )
    return ";16" in str(raw) or (str(raw) == "RGBX" and bool(look.bands))


def of_grey(image: Image.Image, file: Image.Image) -> Deep:
    """A grey image that PIL has loaded from ``file``."""
    return Deep(np.asarray(image)[..., None], file.format or "", nodata=_number(_tags(file).get(_NODATA)))


def decode(content: bytes, most_pixels: int) -> Deep:
    """All values of a PNG or TIFF. Raises ``ValueError`` with the cause for what cannot be decoded."""
    if is_tiff(content):
        return _of_tiff(content, most_pixels)
    return _of_png(content) if content.startswith(b"\x89PNG") else _of_jxl(content)


def turned(deep: Deep, orientation: int) -> Deep:
    """The image upright, by its EXIF orientation (1 to 8)."""
    values, alpha = (None if part is None else _turned(part, orientation) for part in (deep.values, deep.alpha))
    assert values is not None
    return Deep(values, deep.format, alpha, deep.nodata)


def part(deep: Deep, rectangle: Rectangle) -> Deep:
    """A rectangle of the image."""
    left, top, right, bottom = rectangle
    alpha = None if deep.alpha is None else deep.alpha[top:bottom, left:right]
    return Deep(deep.values[top:bottom, left:right], deep.format, alpha, deep.nodata)


def digest(deep: Deep) -> str:
    """Sha256 hex of type, size and all values."""
    planes = [deep.values] if deep.alpha is None else [deep.values, deep.alpha]
    whole = hashlib.sha256(f"{deep.values.dtype.newbyteorder('<')} {deep.values.shape} {len(planes)}\n".encode("ascii"))
    for plane in planes:
        whole.update(np.ascontiguousarray(plane.astype(plane.dtype.newbyteorder("<"), copy=False)).data)
    return whole.hexdigest()


def _turned(values: NDArray[Any], orientation: int) -> NDArray[Any]:
    if orientation >= 5:
        values = values.swapaxes(0, 1)
    upside_down, mirrored = orientation in (3, 4, 7, 8), orientation in (2, 3, 6, 7)
    return values[:: -1 if upside_down else 1, :: -1 if mirrored else 1]


def _of_png(content: bytes) -> Deep:
    values = _by_opencv(content)
    if values is None:
        raise ValueError("its pixels cannot be decoded")
    return _of_opencv(values, "PNG")


def _by_opencv(content: bytes) -> NDArray[Any] | None:
    """What OpenCV makes of a file; None where it can make nothing of it."""
    try:
        import cv2
    except ModuleNotFoundError as error:  # where only hashes are compared it need not be installed
        raise ValueError("more than 8 bits: `pip install opencv-python-headless` lets it be read") from error
    decoded: NDArray[Any] | None = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    return decoded


def _of_jxl(content: bytes) -> Deep:
    from imagecodecs import jpegxl_decode

    values = np.asarray(jpegxl_decode(content))
    values = values.reshape(*values.shape[:2], -1)
    return _with_alpha(values, (1,) if values.shape[2] in (2, 4) else (), None, "JXL")


def _of_opencv(values: NDArray[Any], format_: str) -> Deep:
    values = values.reshape(*values.shape[:2], -1)
    colours = values[..., :3][..., ::-1]
    alpha = (values[..., 3].astype(np.float64) * (255 / np.iinfo(values.dtype).max)) if values.shape[2] == 4 else None
    return Deep(colours, format_, None if alpha is None else np.rint(alpha).astype(np.uint8))


def _of_tiff(content: bytes, most_pixels: int) -> Deep:
    import tifffile

    with tifffile.TiffFile(io.BytesIO(content)) as file:
        page = file.pages.first
        _check_size(page, most_pixels)
        try:
            values = page.asarray(maxworkers=1)
        except (ValueError, ImportError) as error:
            if "imagecodecs" not in str(error):
                raise
            return _of_opencv_tiff(content, page)
        if page.axes.startswith("S"):
            values = np.moveaxis(values, 0, -1)
        values = values.reshape(page.imagelength, page.imagewidth, -1)
        nodata = _number(page.tags.valueof(_NODATA))
        extra = page.tags.valueof(_EXTRA_SAMPLES) or ()
    return _with_alpha(values, extra if isinstance(extra, tuple) else (extra,), nodata)


def _check_size(page: Any, most_pixels: int) -> None:
    n_pixels, n_bands = page.imagewidth * page.imagelength, page.samplesperpixel
    if not n_pixels or not n_bands or page.dtype is None:
        raise ValueError("its header cannot be read")
    # A colour image of as many pixels has four bytes each.
    equal = n_pixels * max(1, n_bands * page.dtype.itemsize // 4)
    if equal > most_pixels:
        size = f"{page.imagewidth}x{page.imagelength} pixels of {n_bands} bands"
        raise Image.DecompressionBombError(
            f"too large: {size} are {equal:,} pixels of colour; at most {most_pixels:,} pixels are decoded: --max-pixels {equal} reads it"
        )


def _of_opencv_tiff(content: bytes, page: Any) -> Deep:
    """A TIFF whose compression tifffile leaves to others: OpenCV knows most of them, of up to four bands."""
    values = _by_opencv(content) if page.samplesperpixel <= 4 else None
    if values is None:
        compression = getattr(page.compression, "name", page.compression)
        raise ValueError(
            f"{page.samplesperpixel} bands compressed by {compression}: `pip install imagecodecs` lets it be read"
        )
    return _of_opencv(values, "TIFF")


def _with_alpha(values: NDArray[Any], extra: tuple[int, ...], nodata: float | None, format_: str = "TIFF") -> Deep:
    n_bands = values.shape[2]
    if n_bands in (2, 4) and values.dtype.kind == "u" and extra[-1:] and extra[-1] in _UNASSOCIATED_OR_ASSOCIATED_ALPHA:
        alpha = np.rint(values[..., -1].astype(np.float64) * (255 / np.iinfo(values.dtype).max)).astype(np.uint8)
        return Deep(values[..., :-1], format_, alpha, nodata)
    return Deep(values, format_, None, nodata)


def _tags(image: Image.Image) -> Any:
    return getattr(image, "tag_v2", {})


def _number(text: object) -> float | None:
    try:
        return float(str(text).strip("\0 "))
    except ValueError:
        return None
