"""Pixels: any mode an image file may have, brought to 8-bit RGB as a viewer would show it.

Transparency is laid on white, as browsers and most viewers show it. Values of more than 8 bits are shown by the range that was
found for their kind in the dataset. Where none was found: unsigned 16 bits from their full range (65535 is white); 32-bit and
floating-point values within 0..65535 or 0..1 or 0..255 as such, anything else from the image's smallest to its largest value,
with a warning. Values without data are black. CMYK is converted without profiles.
"""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from datadoctor.stages.dataset.look import Look
from datadoctor.stages.reading.deep import Deep, is_grey

# What is converted at once for a digest: the whole image once more would be its memory once more.
_PIXELS_AT_ONCE = 4_000_000
_VALUES_AT_ONCE = 2_000_000


def to_rgb(image: Image.Image) -> Image.Image:
    """An 8-bit image as RGB; the image itself where it is RGB."""
    if image.has_transparency_data:
        rgba = image.convert("RGBA")
        page = Image.new("RGBA", rgba.size, "white")
        return Image.alpha_composite(page, rgba).convert("RGB")
    return image if image.mode == "RGB" else image.convert("RGB")


def deep_to_rgb(deep: Deep, look: Look) -> tuple[Image.Image, str]:
    """The bands that ``look`` asks for as RGB, and a warning where bands were left out or values stretched ('' elsewhere).

    Raises ``ValueError`` where a band is asked for that it has not.
    """
    bands, left_out = _bands(deep.values.shape[2], look.bands)
    low, high, stretched = _shown_range(deep, look, bands)
    height, width = deep.values.shape[:2]
    page = np.empty((height, width, 3), dtype=np.uint8)
    rows = max(1, _VALUES_AT_ONCE // (width * len(bands)))
    for top in range(0, height, rows):
        values = deep.values[top : top + rows][..., bands]
        missing = deep.missing(values)
        shown = np.clip((np.where(missing, 0, values).astype(np.float64) - low) / (high - low), 0, 1) * 255
        page[top : top + rows] = np.rint(np.where(missing, 0, shown))
    image = Image.fromarray(page)
    if deep.alpha is not None:
        image.putalpha(Image.fromarray(deep.alpha))
        image = to_rgb(image)
    return image, "; ".join(filter(None, (left_out, stretched)))


def _shown_range(deep: Deep, look: Look, bands: list[int]) -> tuple[Any, Any, str]:
    """Black and white, of each band or of all, and a warning where they are of this image alone."""
    if deep.kind in look.ranges:
        low, high = np.array([look.ranges[deep.kind][band] for band in bands]).T
        return low, high, ""
    values = deep.values[..., bands]
    return _range(values[~deep.missing(values)], values.dtype)


def digest(image: Image.Image) -> str:
    """Sha256 hex of mode class, width, height and pixels.

    The mode class is RGBA where any pixel is transparent, RGB for all other 8-bit grey, palette and colour images (so a
    grey PNG and its RGB twin are the same picture), and the image's own mode for CMYK, LAB and more than 8 bits.
    """
    mode = _mode_class(image)
    whole = hashlib.sha256(f"{mode} {image.width} {image.height}\n".encode("ascii"))
    rows = max(1, _PIXELS_AT_ONCE // image.width)
    for top in range(0, image.height, rows):
        part = image.crop((0, top, image.width, min(top + rows, image.height)))
        whole.update((part if part.mode == mode else _converted(part, mode)).tobytes())
    return whole.hexdigest()


def _converted(part: Image.Image, mode: str) -> Image.Image:
    # As a whole image is: by way of RGBA, where it says what is transparent.
    return part.convert("RGBA").convert(mode) if part.has_transparency_data else part.convert(mode)


def _mode_class(image: Image.Image) -> str:
    if is_grey(image) or image.mode in {"CMYK", "LAB"}:
        return image.mode
    if image.has_transparency_data and image.convert("RGBA").getchannel("A").getextrema() != (255, 255):
        return "RGBA"
    return "RGB"


def _bands(n_bands: int, asked: tuple[int, ...]) -> tuple[list[int], str]:
    """Indexes of one or three bands, and what is said of the others."""
    if n_bands in (1, 3):
        return list(range(n_bands)), ""
    if n_bands == 2:
        return [0], "2 bands: the first is shown as grey"
    shown = asked or (1, 2, 3)
    if max(shown) > n_bands:
        raise ValueError(f"it has {n_bands} bands, band {max(shown)} was asked for with --bands")
    colours = " as red, green and blue" if len(shown) == 3 else " as grey"
    return [band - 1 for band in shown], f"{n_bands} bands: {', '.join(map(str, shown))} shown{colours}"


def _range(values: NDArray[Any], dtype: np.dtype[Any]) -> tuple[float, float, str]:
    """The values shown as black and as white, and a warning where they were chosen from this image alone."""
    if not values.size:
        return 0.0, 1.0, ""
    low, high = float(values.min()), float(values.max())
    whites = (1.0, 255.0) if dtype.kind == "f" else (255.0,) if dtype.itemsize == 1 else (65535.0,)
    for white in whites:
        if low >= 0 and high <= white:
            return 0.0, white, ""
    return low, max(high, low + 1), f"values from {low:g} to {high:g} stretched to 0..255"
