"""Pictures of a run's images, by place: decoded and encoded again, so that no byte of a dataset reaches the browser as it is."""

from __future__ import annotations

import io
import threading

from PIL import Image, ImageDraw

from datadoctor.errors import DataDoctorError
from datadoctor.report.pictures import in_its_photo
from datadoctor.review.table import Table
from datadoctor.run.originals import originals
from datadoctor.sources.box import Box
from datadoctor.sources.originals import box_of, content_of, digest_of
from datadoctor.stages.dataset import look
from datadoctor.stages.reading.images import THUMBNAIL_SIDE, shown
from datadoctor.stages.reading.thumbnails import Thumbnails

# What a page may ask for; 0 is the whole picture.
SIDES = (THUMBNAIL_SIDE, 768, 0)
# Up to this side every pixel is content: kept without loss.
_LOSSLESS = 256


class Gone(Exception):  # noqa: N818 - an answer, not a mistake
    """The file is not there any more, or not the one that was audited."""


class Pictures:
    """Makes pictures on demand. Safe to use from several threads."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._original = originals(table.run)
        self._look = look.of_summary(table.run.summary["reading"].get("look", {}))
        self._local = threading.local()

    def picture(self, place: int, side: int) -> tuple[bytes, str]:
        """The picture of an image with sides of at most ``side`` pixels, and its media type; raises ``Gone``, ``LookupError``."""
        if side not in SIDES or not 0 <= place < len(self._table):
            raise LookupError(place)
        if side == THUMBNAIL_SIDE and (kept := self._thumbnail(place)):
            return kept, "image/jpeg"
        try:
            content, box = self.content(place)
            if box and side:
                return in_its_photo(content, box, self._look), "image/webp"
            picture = shown(content, self._look, side)
            return encoded(with_box(picture, box) if box else picture, side)
        except Gone:
            raise
        except Exception as error:
            raise Gone("cannot be decoded") from error

    def content(self, place: int) -> tuple[bytes, Box | None]:
        """The bytes behind an image, and its box in them, if they still are what was audited; raises ``Gone``."""
        path, digest = (str(self._table.columns[name][place]) for name in ("path", "digest"))
        try:
            file = self._original(path)
            content = content_of(file)
        except (OSError, ValueError) as error:
            raise Gone("the file is gone, or cannot be read") from error
        if digest_of(content, box_of(file)) != digest:
            raise Gone("the file changed since the audit")
        return content, box_of(file)

    def _thumbnail(self, place: int) -> bytes | None:
        thumbnails = self._kept()
        return thumbnails.get(str(self._table.columns["digest"][place])) if thumbnails else None

    def _kept(self) -> Thumbnails | None:
        # A connection to SQLite belongs to the thread that opened it.
        if not hasattr(self._local, "thumbnails"):
            try:
                self._local.thumbnails = Thumbnails(self._table.run.path / "artifacts" / "thumbnails.sqlite")
            except DataDoctorError:
                self._local.thumbnails = None
        found: Thumbnails | None = self._local.thumbnails
        return found


def with_box(photo: Image.Image, box: Box) -> Image.Image:
    """The whole photo of an object, with its box."""
    width = max(2, max(photo.size) // 300)
    corners = box.pixels(*photo.size)
    pen = ImageDraw.Draw(photo)
    pen.rectangle(corners, outline="black", width=2 * width)
    pen.rectangle(corners, outline="white", width=width)
    return photo


def encoded(image: Image.Image, side: int) -> tuple[bytes, str]:
    """An RGB image with sides of at most ``side`` pixels (0: as it is), as bytes and their media type."""
    if side:
        image.thumbnail((side, side), reducing_gap=2.0)
    stream = io.BytesIO()
    if max(image.size) <= _LOSSLESS:
        image.save(stream, "PNG")
        return stream.getvalue(), "image/png"
    image.save(stream, "JPEG", quality=90 if side == 0 else 82)
    return stream.getvalue(), "image/jpeg"
