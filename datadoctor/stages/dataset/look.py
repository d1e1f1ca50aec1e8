"""How image files are made visible: what of them is shown as red, green and blue, and which values as black and white."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from datadoctor.errors import DataDoctorError

# Beyond this, PIL itself warns of a decompression bomb: 89 million pixels, 268 MB decoded.
MOST_PIXELS = 89_478_485
Range = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Look:
    """``ranges``: for a kind of more than 8 bits ('PNG uint16 x1': format, type, channels) the values shown as black and white.

    One (black, white) a channel. ``bands``: numbers, from 1, of those shown as red, green and blue (or one as grey) of images
    with more than three; empty for the first three. ``most_pixels``: larger images are not decoded.
    """

    ranges: Mapping[str, tuple[Range, ...]] = field(default_factory=lambda: MappingProxyType({}))
    bands: tuple[int, ...] = ()
    most_pixels: int = MOST_PIXELS

    @property
    def key(self) -> str:
        """'' where nothing was asked or found, else a hash: what is made under one key is made in the same way."""
        asked = [dict(sorted(self.ranges.items())), self.bands, self.most_pixels]
        if asked == [{}, (), MOST_PIXELS]:
            return ""
        return hashlib.sha256(json.dumps(asked).encode()).hexdigest()[:16]


def bands_of(text: str) -> tuple[int, ...]:
    """'3,2,1' as numbers; '' as none. Raises ``DataDoctorError`` for anything but one or three numbers from 1."""
    parts = [part.strip() for part in text.split(",")] if text.strip() else []
    if len(parts) not in (0, 1, 3) or not all(part.isdecimal() and int(part) > 0 for part in parts):
        raise DataDoctorError(
            f"--bands {text}: give three numbers of bands, from 1, as red, green and blue ('3,2,1'), or one"
        )
    return tuple(map(int, parts))


def of_summary(look: Mapping[str, Any]) -> Look:
    """The look that ``summary.json`` tells of."""
    ranges = {kind: tuple((low, high) for low, high in channels) for kind, channels in look.get("ranges", {}).items()}
    return Look(ranges, tuple(look.get("bands", ())), look.get("most_pixels", MOST_PIXELS))
