"""Images of more than 8 bits and of many bands, as other programs write them."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image


def png(values: NDArray[Any]) -> bytes:
    """A PNG of grey, RGB or RGBA values in 8 or 16 bits."""
    order = [2, 1, 0, 3][: values.shape[2]] if values.ndim == 3 else None
    done, content = cv2.imencode(".png", values if order is None else values[..., order])
    assert done
    return content.tobytes()


def tiff(values: NDArray[Any], **settings: Any) -> bytes:
    """A TIFF of any values, (h, w), (h, w, c) or, with ``planarconfig='separate'``, (c, h, w)."""
    stream = io.BytesIO()
    tifffile.imwrite(stream, values, **settings)
    return stream.getvalue()


def bands(values: NDArray[Any], **settings: Any) -> bytes:
    """A TIFF of bands that are no colours."""
    return tiff(values, photometric="minisblack", planarconfig="contig", **settings)


def jpeg(values: NDArray[np.uint8]) -> bytes:
    """A JPEG of RGB values."""
    stream = io.BytesIO()
    Image.fromarray(values).save(stream, "JPEG", quality=95)
    return stream.getvalue()


def scene(seed: int, side: int = 48, channels: Sequence[int] = (3,)) -> NDArray[np.float64]:
    """(side, side, c) smooth values from 0 to 1 with a sharp square."""
    rng = np.random.default_rng(seed)
    coarse = rng.random((6, 6, *channels)).astype(np.float32)
    values = (
        cv2.resize(coarse, (side, side), interpolation=cv2.INTER_CUBIC)
        .astype(np.float64)
        .reshape(side, side, *channels)
    )
    place = rng.integers(0, side // 2, 2)
    values[place[0] : place[0] + side // 4, place[1] : place[1] + side // 4] = rng.random(channels)
    values -= values.min()
    scaled: NDArray[np.float64] = values / values.max()
    return scaled
