"""Opening: all that is made of one image, from the cache or by decoding its file."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import PIL
from numpy.typing import NDArray
from PIL import Image

from datadoctor.cache import Entry, ImageCache, Stamped
from datadoctor.sources.originals import ImageFile, name_of, stamp_of
from datadoctor.stages.dataset.look import Look
from datadoctor.stages.embeddings.extractor import Extractor
from datadoctor.stages.reading import deep, formats, frames, images, jpeg, pixels, png, quality
from datadoctor.stages.reading.budget import BUDGET

_READERS = (deep, formats, frames, images, jpeg, pixels, png, quality)


def _reader_version() -> str:
    sources = [Path(str(module.__file__)).read_bytes() for module in _READERS]
    return hashlib.sha256(b"".join(sources) + PIL.__version__.encode()).hexdigest()[:16]


# The text of the code that reads an image is its version: a change to a figure reads everything again.
READER = _reader_version()


@dataclass(frozen=True, slots=True)
class Facts:
    """What is kept of an image besides arrays; the fields are those of ``Images``."""

    readable: bool
    error: str
    warning: str
    digest: str
    pixel_digest: str
    width: int
    height: int
    file_size: int
    mode: str
    quality: dict[str, float]


class Makers:
    """The names under which the cache knows what is made from an image."""

    def __init__(self, small_side: int, extractor: Extractor | None, look: Look) -> None:
        self.small_side = small_side
        self.look = look
        self.input_side = extractor.side if extractor else 0
        # An image twice as large as it is shown loses nothing.
        self.needed_side = max(jpeg.NEEDED_SIDE, 2 * self.input_side)
        larger = f"{self.needed_side} px" if self.needed_side > jpeg.NEEDED_SIDE else ""
        reader = " ".join(filter(None, (READER, look.key, larger)))
        self.resampling = Image.Resampling[extractor.resampling.upper()] if extractor else Image.Resampling.BICUBIC
        self.facts = f"facts {reader}"
        self.thumbnail = f"thumbnail {reader}"
        self.small = f"small {small_side} {reader}"
        self.vector = f"{extractor.key} {reader}" if extractor else ""


@dataclass(frozen=True, slots=True)
class Row:
    """An image and all that is made of it; ``vector`` comes from the cache, or else ``pixels`` are to be embedded.

    ``stamped`` is None if it came from the cache or has no digest. ``small``, ``thumbnail``: empty if unreadable. ``lasting``:
    whether it may be kept.
    """

    facts: Facts
    thumbnail: bytes = b""
    small: bytes = b""
    vector: bytes | None = None
    pixels: NDArray[np.uint8] | None = None
    stamped: Stamped | None = None
    decoded: bool = True
    lasting: bool = True


def known(file: ImageFile, cache: ImageCache, makers: Makers) -> Row | None:
    """The image from the cache, without opening the file, if all that is made of it is there."""
    try:
        digest = cache.digest(name_of(file), stamp_of(file))
    except (OSError, ValueError):
        return None
    return _from_cache(digest, cache, makers) if digest else None


def _from_cache(digest: str, cache: ImageCache, makers: Makers) -> Row | None:
    kept = cache.get(digest, makers.facts)
    if kept is None:
        return None
    try:
        facts = Facts(**json.loads(kept))
    except (ValueError, TypeError, RecursionError):
        return None  # damaged: opened again
    if not facts.readable:
        return Row(facts, decoded=False)
    thumbnail, small = cache.get(digest, makers.thumbnail), cache.get(digest, makers.small)
    vector = cache.get(digest, makers.vector) if makers.vector else b""
    if thumbnail is None or small is None or vector is None or len(small) != 3 * makers.small_side**2:
        return None
    return Row(facts, thumbnail, small, vector, decoded=False)


def decode(file: ImageFile, makers: Makers) -> Row:
    """Everything that is made of an image file but its vector; safe to call from several threads."""
    with BUDGET.held():
        return _decode(file, makers)


def _decode(file: ImageFile, makers: Makers) -> Row:
    try:
        # Taken before reading: a file written meanwhile gets another stamp, and is read again next time.
        before = stamp_of(file)
    except (OSError, ValueError):
        before = ""
    found = images.read_image(file, makers.look, makers.needed_side)
    stamped = Stamped(name_of(file), before, found.digest) if before and found.digest else None
    if isinstance(found, images.Unreadable):
        facts = Facts(False, found.cause, "", found.digest, "", 0, 0, found.file_size, "", {})
        return Row(facts, stamped=stamped if found.lasting else None, lasting=found.lasting)
    facts = Facts(
        True, "", found.warning, found.digest, found.pixel_digest, found.width, found.height, found.file_size, found.mode,
        {name: float(value) for name, value in found.quality.items()},
    )  # fmt: skip
    side = makers.input_side
    return Row(
        facts=facts,
        thumbnail=images.thumbnail(found.pixels),
        small=squashed(found.pixels, makers.small_side, Image.Resampling.BILINEAR).tobytes(),
        pixels=squashed(found.pixels, side, makers.resampling) if side else None,
        vector=None if side else b"",
        stamped=stamped,
    )


def squashed(image: Image.Image, side: int, filter_: Image.Resampling) -> NDArray[np.uint8]:
    """The whole image as a square, antialiased: nothing is cropped away, since what is at the edge may be the label."""
    return np.asarray(image.resize((side, side), filter_, reducing_gap=3.0))


def entries(row: Row, makers: Makers) -> list[Entry]:
    """What the cache keeps of a decoded image, besides its vector."""
    facts = Entry(row.facts.digest, makers.facts, json.dumps(asdict(row.facts)).encode())
    if not row.facts.readable:
        return [facts]
    digest = row.facts.digest
    return [facts, Entry(digest, makers.thumbnail, row.thumbnail), Entry(digest, makers.small, row.small)]
