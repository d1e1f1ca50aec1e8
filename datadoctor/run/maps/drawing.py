"""Maps as pictures: laid over the image they are of, and as PNG files."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from datadoctor.files import write_whole
from datadoctor.run.maps import Maps

# As on the pages: the label that was given, and the one that is suggested. Apart in hue and lightness, for any eye.
GIVEN, SUGGESTED = (255, 140, 0), (0, 190, 255)
# Where a class is spoken for most, the image still shows through.
DENSEST = 0.72
# Sides of a picture in pixels: small images are enlarged, each pixel whole.
LEAST, MOST = 320, 1024
# Bytes of a name that every disk takes, with what is put after it.
LONGEST_NAME = 200


def strengths(maps: NDArray[np.float64]) -> NDArray[np.float64]:
    """(k, s, s) logits as (k, s, s) from 0 to 1: what speaks for each class, as shares of the most any of them has anywhere."""
    positive = np.maximum(maps, 0)
    most: float = positive.max(initial=0.0)
    return positive / most if most > 0 else positive


def overlay(image: NDArray[np.uint8], laid: Mapping[tuple[int, int, int], NDArray[np.float64]]) -> Image.Image:
    """The image with one or more maps of 0 to 1 (s, s) over it, each in its colour; where both are they mix."""
    shown = Image.fromarray(image)
    scale = max(LEAST / max(shown.size), 1) if max(shown.size) < LEAST else min(MOST / max(shown.size), 1)
    filter_ = Image.Resampling.NEAREST if scale > 1 else Image.Resampling.LANCZOS
    shown = shown.resize((max(round(shown.width * scale), 1), max(round(shown.height * scale), 1)), filter_)
    dense = [_enlarged(strength, shown.size)[..., np.newaxis] for strength in laid.values()]
    total = np.maximum(np.sum(dense, axis=0), 1e-9)
    colour = np.sum([one * np.array(hue) for one, hue in zip(dense, laid, strict=True)], axis=0) / total
    alpha = DENSEST * np.max(dense, axis=0)
    return Image.fromarray(np.rint(np.asarray(shown) * (1 - alpha) + colour * alpha).astype(np.uint8))


def _enlarged(strength: NDArray[np.float64], size: tuple[int, int]) -> NDArray[np.float64]:
    large = Image.fromarray(strength.astype(np.float32)).resize(size, Image.Resampling.BICUBIC)
    return np.clip(np.asarray(large, dtype=np.float64), 0, 1)


def pictures(maps: Maps) -> dict[str, Image.Image]:
    """'given', 'suggested' and 'both': the image with what speaks for the one label, for the other, and for each."""
    for_given, for_suggested = strengths(np.stack([maps.for_given, maps.for_suggested]))
    given, suggested = {GIVEN: for_given}, {SUGGESTED: for_suggested}
    laid = {"given": given, "suggested": suggested, "both": given | suggested}
    return {name: overlay(maps.image, over) for name, over in laid.items()}


def write(maps: Maps, folder: Path) -> list[Path]:
    """Write the three pictures into ``folder``, named after the image's path, and return their places."""
    stem = maps.path.replace("/", "__").replace("\\", "__")
    if len(stem.encode()) > LONGEST_NAME:
        stem = f"{stem[-40:]}-{hashlib.sha256(stem.encode()).hexdigest()[:12]}"
    written = []
    for name, picture in pictures(maps).items():
        file = folder / f"{stem}.{name}.png"
        write_whole(file, _png(picture))
        written.append(file)
    return written


def _png(picture: Image.Image) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, "PNG")
    return stream.getvalue()
