"""Boxes: where an object is in a photo, and the part of the photo that is looked at for it."""

from __future__ import annotations

from dataclasses import dataclass

# Beside each side of the object, as a share of that side: what is around an object tells what it is.
MARGIN = 0.1
# What is smaller shows too little of the object: the whole photo stands for it.
LEAST_SIDE = 16
# Annotations written with four or more digits are of one pixel, whichever way they were rounded.
_ROUNDING = 1e-3

Rectangle = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Box:
    """Left, top, right and bottom of an object; in pixels of the upright photo, or ``relative``, as shares of its sides.

    Right and bottom are the edges of the last pixels, not their numbers: a box of one pixel is ``Box(0, 0, 1, 1)``.
    """

    left: float
    top: float
    right: float
    bottom: float
    relative: bool = False

    @property
    def text(self) -> str:
        """The box in words that tell it from any other, and the rule by which it is cut out."""
        numbers = ",".join(f"{value:.6g}" for value in (self.left, self.top, self.right, self.bottom))
        return f"{numbers}{' relative' if self.relative else ''} {MARGIN:g} {LEAST_SIDE}"

    def pixels(self, width: int, height: int) -> Rectangle:
        """The box in whole pixels of a photo of this size, cut at its edges; raises ``ValueError`` where nothing is left."""
        across, down = (width, height) if self.relative else (1, 1)
        left, right = _rounded(self.left * across), _rounded(self.right * across)
        top, bottom = _rounded(self.top * down), _rounded(self.bottom * down)
        found = (max(left, 0), max(top, 0), min(right, width), min(bottom, height))
        if found[0] >= found[2] or found[1] >= found[3]:
            raise ValueError(f"its box lies outside the image of {width} x {height} pixels, or holds no pixel")
        return found

    def looked_at(self, width: int, height: int) -> Rectangle:
        """The rectangle that is cut out: the box with a margin, or the whole photo where that is too small."""
        left, top, right, bottom = self.pixels(width, height)
        beside, above = round(MARGIN * (right - left)), round(MARGIN * (bottom - top))
        cut = (max(left - beside, 0), max(top - above, 0), min(right + beside, width), min(bottom + above, height))
        small = min(cut[2] - cut[0], cut[3] - cut[1]) < LEAST_SIDE
        return (0, 0, width, height) if small else cut


def _rounded(value: float) -> int:
    return int((value + 0.5 + _ROUNDING) // 1)
