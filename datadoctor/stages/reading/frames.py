"""The first frame of an image's bytes, upright: what decoders give, before it is made visible."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass, replace

from PIL import Image, ImageOps, UnidentifiedImageError

from datadoctor.faults import is_memory
from datadoctor.sources.box import Rectangle
from datadoctor.stages.dataset.look import Look
from datadoctor.stages.reading import deep, dicom, jpeg, pixels, png
from datadoctor.stages.reading.budget import BUDGET
from datadoctor.stages.reading.formats import FORMATS, is_jxl

_ORIENTATION = 0x0112
SEVERAL = "several frames: only the first is used"
# An MPO is JPEGs one after the other: its further frames are a camera's previews, depth or gain maps of the same shot.
_JPEGS = ("JPEG", "MPO")


@dataclass(frozen=True, slots=True)
class Frame:
    """The first frame, upright: an 8-bit ``picture`` or all ``values`` of a deeper one, or both where PIL opens those.

    ``turned`` and ``several``: what is to be said of its orientation and of further frames, '' for nothing. ``full_size``: width and
    height of all its pixels, where fewer were decoded. ``compressed``: the digest of a large JPEG, '' for others.
    """

    picture: Image.Image | None
    values: deep.Deep | None
    mode: str
    turned: str
    several: str
    full_size: tuple[int, int] = (0, 0)
    compressed: str = ""

    def rgb(self, look: Look) -> tuple[Image.Image, str]:
        """As it is shown, and a warning where that is not all of it."""
        if self.values:
            return pixels.deep_to_rgb(self.values, look)
        assert self.picture
        return pixels.to_rgb(self.picture), ""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        if self.picture:
            return self.picture.size
        assert self.values
        height, width = self.values.values.shape[:2]
        return width, height

    def part(self, rectangle: Rectangle) -> Frame:
        """A rectangle of it; that of the whole is the whole."""
        if rectangle == (0, 0, *self.size):
            return self
        picture = self.picture and self.picture.crop(rectangle)
        values = self.values and deep.part(self.values, rectangle)
        return replace(self, picture=picture, values=values, full_size=(0, 0), compressed="")

    @property
    def digest(self) -> str:
        """Of its pixels; of a large JPEG of what they follow from."""
        if self.compressed:
            return self.compressed
        if self.picture:
            return pixels.digest(self.picture)
        assert self.values
        return deep.digest(self.values)

    def digest_at(self, rectangle: Rectangle) -> str:
        """Of an object for which the whole stands: several in one photo are told apart by where they are."""
        if rectangle == (0, 0, *self.size):
            return self.digest
        return hashlib.sha256(f"{self.digest} {rectangle}".encode("ascii")).hexdigest()


def first_frame(content: bytes, look: Look, draft: int = 0) -> Frame:
    """``draft``: a JPEG is decoded at the smallest scale that leaves both sides this long, 0 for all of its pixels.

    Raises whatever its decoder does, and ``DecompressionBombError`` beyond ``look.most_pixels``.
    """
    if not content:
        raise ValueError("empty file")
    if dicom.is_dicom(content) and dicom.AVAILABLE:
        return _dicom_frame(content, look)
    try:
        with _open(content, look) as image:
            if deep.is_colour(image, look):
                orientation = _orientation(image)
                return _deep_frame(content, look, orientation, _several_frames(content))
            size = image.size
            if draft:
                image.draft("RGB", (draft, draft))
            BUDGET.take(image.width * image.height)
            return _pil_frame(image, content, size)
    except UnidentifiedImageError:
        # PIL opens no JPEG XL, and no TIFF of bands that are no colours it knows.
        if not deep.is_tiff(content) and not (is_jxl(content) and deep.JXL):
            raise
        return _deep_frame(content, look, 1, "")
    except ValueError as error:
        if not png.has_too_much_text(error):
            raise
        return first_frame(png.without_text(content), look, draft)


def _dicom_frame(content: bytes, look: Look) -> Frame:
    file = dicom.header(content)
    width, height = int(file.Columns), int(file.Rows)
    if width * height > look.most_pixels:
        raise Image.DecompressionBombError(_too_large(width * height, f"{width}x{height}", look))
    BUDGET.take(width * height)
    made = dicom.decode(file)
    several = SEVERAL if dicom.has_several(file) else ""
    if isinstance(made, deep.Deep):
        return Frame(None, made, made.kind.split(" ", 1)[1], "", several)
    return Frame(made, None, made.mode, "", several)


def _open(content: bytes, look: Look) -> Image.Image:
    if Image.MAX_IMAGE_PIXELS and look.most_pixels > Image.MAX_IMAGE_PIXELS:
        Image.MAX_IMAGE_PIXELS = look.most_pixels
    try:
        image = Image.open(io.BytesIO(content), formats=FORMATS)
    except Image.DecompressionBombError as error:
        count = next((int(word) for word in str(error).replace("(", " ").split() if word.isdigit()), 0)
        raise Image.DecompressionBombError(_too_large(count, f"{count:,}", look)) from error
    if image.width * image.height > look.most_pixels:
        raise Image.DecompressionBombError(
            _too_large(image.width * image.height, f"{image.width}x{image.height}", look)
        )
    return image


def _pil_frame(image: Image.Image, content: bytes, size: tuple[int, int]) -> Frame:
    """``size``: of all pixels, as the file has them."""
    image.load()
    mode = image.mode
    frame, turned = _upright(image)
    values = deep.of_grey(frame, image) if deep.is_grey(image) else None
    is_jpeg = image.format in _JPEGS
    compressed = jpeg.digest(content, _orientation(image)) if is_jpeg and jpeg.is_large(*size) else ""
    several = "" if is_jpeg else _several_frames(content)
    upright = size if (frame.width > frame.height) == (image.width > image.height) else (size[1], size[0])
    return Frame(frame, values, mode, turned, several, upright, compressed)


def _deep_frame(content: bytes, look: Look, orientation: int, several: str) -> Frame:
    values = deep.turned(deep.decode(content, look.most_pixels), orientation)
    turned = f"turned by its EXIF orientation ({orientation})" if orientation > 1 else ""
    return Frame(None, values, values.kind.split(" ", 1)[1], turned, several)


def _orientation(image: Image.Image) -> int:
    try:
        found = image.getexif().get(_ORIENTATION, 1)
        return found if found in range(1, 9) else 1
    except Exception as error:  # noqa: BLE001 - a damaged EXIF block does not make the picture unreadable
        _unless_memory(error)
        return 1


def _upright(image: Image.Image) -> tuple[Image.Image, str]:
    try:
        orientation = image.getexif().get(_ORIENTATION, 1)
        if orientation in (None, 1):
            return image, ""
        return ImageOps.exif_transpose(image), f"turned by its EXIF orientation ({orientation})"
    except Exception as error:  # noqa: BLE001 - a damaged EXIF block does not make the picture unreadable
        _unless_memory(error)
        return image, "its EXIF data is damaged"


def _several_frames(content: bytes) -> str:
    """What is said of further frames; asking for them moves on in a file, so that it is opened once more."""
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as image:
            return SEVERAL if getattr(image, "is_animated", False) else ""
    except Exception as error:  # noqa: BLE001 - the first frame is whole, only what follows is damaged
        _unless_memory(error)
        return "damaged after the first frame, which is used"


def _unless_memory(error: Exception) -> None:
    if is_memory(error):
        raise error


def _too_large(count: int, size: str, look: Look) -> str:
    return (
        f"too large: {size} pixels would need {count * 3 / 1e9:.1f} GB; at most {look.most_pixels:,} pixels are decoded: "
        f"--max-pixels {count} reads it"
    )
