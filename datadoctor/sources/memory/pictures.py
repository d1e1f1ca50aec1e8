"""Pictures in memory as originals: whatever a library gives as an image, as the bytes of a lossless file."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

PLAIN_MODES = ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")


@dataclass(frozen=True)
class Given:
    """What a user gives. ``images[row]`` is made when it is asked for: anything that ``as_bytes`` takes, or the path of a file.

    The other columns are as long, or None. ``classes``: names of labels that are numbers. ``what``: where they are from, in words.
    ``lazy``: asking for an image takes time, so that nothing is asked before it is read.
    """

    images: Sequence[Any]
    labels: Sequence[Any] | None = None
    splits: Sequence[Any] | None = None
    groups: Sequence[Any] | None = None
    names: Sequence[Any] | None = None
    classes: Sequence[str] = ()
    what: str = "in memory"
    lazy: bool = False

    def images_if_known(self) -> Iterable[Any]:
        """The images, none where asking for them takes time."""
        return () if self.lazy else self.images


@dataclass(frozen=True, slots=True)
class InMemory:
    """The image ``images[row]``."""

    images: Sequence[Any]
    row: int

    @property
    def name(self) -> str:
        """Which image of which list in this process."""
        return f"memory:{id(self.images)}/{self.row}"

    @property
    def suffix(self) -> str:
        """That of the file that its bytes would be."""
        return ".png"

    @property
    def box(self) -> None:
        """It is all of an image."""
        return

    def stamp(self) -> str:
        """Nothing tells that an image in memory changed."""
        raise OSError("in memory")

    def read(self) -> bytes:
        """Its bytes; raises ``ValueError`` for what is no image."""
        return as_bytes(self.images[self.row])


def as_bytes(image: Any) -> bytes:
    """An image as the bytes of a file: bytes as they are, a file's content, anything else as PNG or TIFF without loss.

    PIL images; arrays (h, w), (h, w, 1 to 4) of uint8, uint16 or bool, or of floats from 0 to 1; tensors (c, h, w) of the same;
    ``{"bytes": …}``. Raises ``ValueError`` for anything else.
    """
    if isinstance(image, dict):
        image = image.get("bytes") or image.get("path")
    if isinstance(image, bytes | bytearray | memoryview):
        return bytes(image)
    picture = image if isinstance(image, Image.Image) else Image.fromarray(_array(image))
    stream = io.BytesIO()
    picture.save(
        stream,
        "PNG" if picture.mode in PLAIN_MODES else "TIFF",
        **({"compress_level": 1} if picture.mode in PLAIN_MODES else {}),
    )
    return stream.getvalue()


def _array(image: Any) -> np.ndarray[Any, Any]:
    tensor = type(image).__module__.partition(".")[0] == "torch"
    array = np.asarray(image.detach().cpu() if tensor else image)
    if array.dtype == object or array.dtype.kind not in "uifb" or array.ndim not in (2, 3):
        raise ValueError(f"not an image: {type(image).__name__} {'x'.join(map(str, array.shape))} of {array.dtype}")
    if array.ndim == 3 and array.shape[2] not in (1, 2, 3, 4) and array.shape[0] in (1, 2, 3, 4):
        array = np.moveaxis(array, 0, 2)  # channels first
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[..., 0]
    if array.ndim == 3 and array.shape[2] not in (2, 3, 4):
        raise ValueError(f"not an image: {array.shape[2]} channels")
    return np.ascontiguousarray(_whole(array))


def _whole(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Values as 8 or 16 bits."""
    if array.dtype.kind == "b":
        return array.astype(np.uint8) * np.uint8(255)
    low, high = float(array.min(initial=0)), float(array.max(initial=0))
    if array.dtype.kind == "f":
        if not (low >= 0 and high <= 1):
            raise ValueError(
                f"values from {low:g} to {high:g}: floats are shown from 0 to 1; give the images as they are before they are "
                "normalised (a data set without its transform)"
            )
        shares: np.ndarray[Any, Any] = np.rint(array * 255).astype(np.uint8)
        return shares
    if low < 0 or high > 65535:
        raise ValueError(f"values from {low:g} to {high:g}: whole numbers are shown from 0 to 255, or to 65535")
    eight = array.dtype.itemsize == 1 or (high <= 255 and array.dtype != np.uint16)
    return array.astype(np.uint8 if eight else np.uint16)
