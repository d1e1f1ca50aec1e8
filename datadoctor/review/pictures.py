"""Pictures of a run's images, by place: decoded and encoded again, so that no byte of a dataset reaches the browser as it is."""

from __future__ import annotations

import hashlib
import io
import threading
from pathlib import Path

from PIL import Image

from datadoctor.errors import DataDoctorError
from datadoctor.review.table import Table
from datadoctor.stages.dataset import look
from datadoctor.stages.reading.images import THUMBNAIL_SIDE, content_of, shown
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
        self._source = Path(table.run.summary["source"])
        self._look = look.of_summary(table.run.summary["reading"].get("look", {}))
        self._local = threading.local()

    def picture(self, place: int, side: int) -> tuple[bytes, str]:
        """The picture of an image with sides of at most ``side`` pixels, and its media type; raises ``Gone``, ``LookupError``."""
        if side not in SIDES or not 0 <= place < len(self._table):
            raise LookupError(place)
        if side == THUMBNAIL_SIDE and (kept := self._thumbnail(place)):
            return kept, "image/jpeg"
        try:
            return encoded(shown(self.content(place), self._look, side or 10**6), side)
        except Gone:
            raise
        except Exception as error:
            raise Gone("cannot be decoded") from error

    def content(self, place: int) -> bytes:
        """The bytes of an image's file, if it still is the one that was audited; raises ``Gone``."""
        path, digest = (str(self._table.columns[name][place]) for name in ("path", "digest"))
        try:
            content = content_of(self._source / path)
        except (OSError, ValueError) as error:
            raise Gone("the file is gone, or cannot be read") from error
        if hashlib.sha256(content).hexdigest() != digest:
            raise Gone("the file changed since the audit")
        return content

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
