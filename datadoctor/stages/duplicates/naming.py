"""Says in words how two copies of a picture differ."""

from __future__ import annotations

from datadoctor.stages.duplicates.changes import Changes
from datadoctor.stages.duplicates.comparison import Comparison

WHOLE = 0.93
COLOUR = 0.035
BRIGHTNESS = 0.02
EDITED = 0.01
SAME_CONTENT = 0.8
SQUASHED = 1.15
TURNED = 3.0  # degrees
OTHER_SHOT = "same scene, other shot or edit"


def difference(comparison: Comparison, size_a: tuple[int, int], size_b: tuple[int, int]) -> str:
    """What differs, most telling first: 'mirrored, cropped to 80 %'; 'recompressed' where nothing else does.

    ``size_a``/``size_b``: (width, height) of the originals in pixels.
    """
    found = []
    if comparison.mirrored:
        found.append("mirrored")
    if comparison.inverted:
        found.append("inverted")
    if comparison.on_other_ground:
        found.append("other background")
    elif comparison.detail < SAME_CONTENT or comparison.correlation < SAME_CONTENT:
        found.append("other background or colours" if comparison.detail >= SAME_CONTENT else OTHER_SHOT)
    shown = min(comparison.overlap_a, comparison.overlap_b)
    turned = abs(comparison.turn) > TURNED
    if turned:
        found.append(f"turned by {abs(comparison.turn):.0f}°")
    # What was turned has corners that the other has not.
    if shown < WHOLE and not (turned and max(comparison.overlap_a, comparison.overlap_b) >= WHOLE):
        found.append(f"cropped to {shown:.0%}".replace("%", " %"))
    elif not turned and comparison.stretch > SQUASHED:
        found.append(f"squashed to {1 / comparison.stretch:.0%}".replace("%", " %"))
    elif not turned and size_a != size_b:
        found.append("rescaled")
    # Of a negative, and before other grounds, every pixel differs.
    if not comparison.inverted and not comparison.on_other_ground:
        found += _of_pixels(comparison.changes, other=OTHER_SHOT in found)
    return ", ".join(found) or "recompressed"


def _of_pixels(changes: Changes, *, other: bool) -> list[str]:
    """``other``: already called another shot or an edit, in which pixels differ anyway."""
    found = []
    if changes.greyed:
        found.append("without its colours")
    elif changes.colour > COLOUR:
        found.append("colour changed")
    if abs(changes.brightness) > BRIGHTNESS:
        found.append("lighter or darker")
    if changes.edited > EDITED and not other:
        found.append("edited in places")
    return found
