"""Pixels: any mode an image file may have, brought to 8-bit RGB as a viewer would show it.

Transparency is laid on white, as browsers and most viewers show it. 16-bit grey is scaled from its full range (65535 is
white). 32-bit and floating-point grey has no agreed white: values within 0..65535 or 0..1 or 0..255 are taken as such,
anything else is stretched from its smallest to its largest value, with a warning. CMYK is converted without profiles.
"""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_DEEP = ("I", "F")


def to_rgb(image: Image.Image) -> tuple[Image.Image, str]:
    """The image as RGB, and a warning where values had to be stretched ('' elsewhere)."""
    if image.mode.startswith(_DEEP):
        return _deep_to_rgb(image)
    if image.has_transparency_data:
        rgba = image.convert("RGBA")
        page = Image.new("RGBA", rgba.size, "white")
        return Image.alpha_composite(page, rgba).convert("RGB"), ""
    return image.convert("RGB"), ""


def digest(image: Image.Image) -> str:
    """Sha256 hex of mode class, width, height and pixels.

    The mode class is RGBA where any pixel is transparent, RGB for all other 8-bit grey, palette and colour images (so a
    grey PNG and its RGB twin are the same picture), and the image's own mode for CMYK, LAB and more than 8 bits.
    """
    canonical = _canonical(image)
    head = f"{canonical.mode} {canonical.width} {canonical.height}\n"
    return hashlib.sha256(head.encode("ascii") + canonical.tobytes()).hexdigest()


def _canonical(image: Image.Image) -> Image.Image:
    if image.mode.startswith(_DEEP) or image.mode in {"CMYK", "LAB"}:
        return image
    if image.has_transparency_data:
        rgba = image.convert("RGBA")
        if rgba.getchannel("A").getextrema() != (255, 255):
            return rgba
        return rgba.convert("RGB")
    return image.convert("RGB")


def _deep_to_rgb(image: Image.Image) -> tuple[Image.Image, str]:
    values = np.asarray(image).astype(np.float64)
    values[~np.isfinite(values)] = 0
    low, high, warning = _range(values, image.mode)
    scaled = (values - low) / (high - low) * 255
    grey = Image.fromarray(np.rint(scaled).astype(np.uint8))
    return grey.convert("RGB"), warning


def _range(values: NDArray[np.float64], mode: str) -> tuple[float, float, str]:
    """The values shown as black and as white, and a warning where they were chosen from this image alone."""
    low, high = float(values.min()), float(values.max())
    whites = (1.0, 255.0) if mode == "F" else (65535.0,)
    for white in whites:
        if low >= 0 and high <= white:
            return 0.0, white, ""
    return low, max(high, low + 1), f"values from {low:g} to {high:g} stretched to 0..255"
