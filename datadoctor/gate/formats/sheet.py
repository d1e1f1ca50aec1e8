"""A contact sheet of the new findings, worst first: one PNG under a megabyte, for platforms that show pictures beside a check.

Only pictures that the state knows are shown: whose pixels have the digest that the finding names.
"""

from __future__ import annotations

import io
import math
from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from datadoctor.console import shown
from datadoctor.gate.formats import change, headline
from datadoctor.gate.judge import Verdict
from datadoctor.gate.state import Found, Subject
from datadoctor.stages.reading import images

MOST_BYTES = 1_000_000
MOST_FINDINGS = 24
COLUMNS = 4
# Sides of pictures in pixels, tried in turn until the sheet is small enough.
SIDES = (200, 160, 128, 96, 64)
MARGIN, LINE, TEXT_LINES = 12, 18, 4
PAPER, INK, GREY, RED, GREEN = "#ffffff", "#1a1a1a", "#666666", "#b3261e", "#1b6e3c"


def render(verdict: Verdict) -> bytes:
    """The sheet as PNG, at most ``MOST_BYTES``."""
    for side in SIDES:
        content = _encoded(_drawn(verdict, side))
        if len(content) <= MOST_BYTES:
            break
    return content


def _drawn(verdict: Verdict, side: int) -> Image.Image:
    found = verdict.new[:MOST_FINDINGS]
    wide, high = side * 3 // 2 + MARGIN, side + TEXT_LINES * LINE + 2 * MARGIN
    columns = min(COLUMNS, max(len(found), 2))
    head = 2 * LINE + 2 * MARGIN
    sheet = Image.new("RGB", (columns * wide + MARGIN, head + math.ceil(len(found) / columns) * high), PAPER)
    draw = ImageDraw.Draw(sheet)
    width = sheet.width - 2 * MARGIN
    first = f"{len(found)} of {len(verdict.new):,} new, worst first; " if len(verdict.new) > len(found) else ""
    _text(draw, (MARGIN, MARGIN), headline(verdict), width, INK)
    _text(draw, (MARGIN, MARGIN + LINE), first + change(verdict), width, GREY)
    for number, one in enumerate(found):
        left, top = MARGIN + number % columns * wide, head + number // columns * high
        _cell(sheet, draw, (left, top), side, number + 1, one, verdict.source)
    return sheet


def _cell(
    sheet: Image.Image,
    draw: ImageDraw.ImageDraw,
    corner: tuple[int, int],
    side: int,
    number: int,
    one: Found,
    source: Path | None,
) -> None:
    """The pictures of a finding, up to two, and under them which it is, where, and its labels."""
    (left, top), width = corner, side * 3 // 2
    subjects = one.subjects[:2]
    for place, subject in enumerate(subjects):
        box = (width if len(subjects) == 1 else width // 2 - 2, side)
        picture = _picture(source, subject, box)
        at = (left + place * (width // 2 + 2), top)
        if picture:
            sheet.paste(picture, (at[0], top + side - picture.height))
        else:
            draw.rectangle((*at, at[0] + box[0] - 1, top + side - 1), outline=GREY)
            _text(draw, (at[0] + 6, top + side // 2 - LINE // 2), "no picture", box[0] - 12, GREY)
    more = f" and {len(one.subjects) - 2} more" if len(one.subjects) > 2 else ""
    lines = [(f"{number}  {one.check}  {one.score:.2f}", INK), *((_end(s.path), GREY) for s in subjects)]
    given = " / ".join(dict.fromkeys(s.label for s in subjects if s.label)) or ", ".join(one.labels)
    lines.insert(
        1, (f"given {given}{more}", RED if one.suggested else INK) if given else (more.strip() or one.message, GREY)
    )
    if one.suggested:
        lines.insert(2, (f"suggested {one.suggested}", GREEN))
    for place, (text, ink) in enumerate(lines[:TEXT_LINES]):
        _text(draw, (left, top + side + 4 + place * LINE), text, width, ink)


def _picture(source: Path | None, subject: Subject, box: tuple[int, int]) -> Image.Image | None:
    """The image, no larger than the box; None where it is gone, unreadable or another by now."""
    if source is None or not subject.path:
        return None
    opened = images.read_image(source / subject.path)
    # Baselines name pictures by the first digits.
    if (
        isinstance(opened, images.Unreadable)
        or not subject.digest
        or not opened.pixel_digest.startswith(subject.digest)
    ):
        return None
    scale = min(box[0] / opened.width, box[1] / opened.height)
    size = (max(1, round(opened.width * scale)), max(1, round(opened.height * scale)))
    smooth = Image.Resampling.LANCZOS if scale < 1 else Image.Resampling.NEAREST
    return opened.pixels.resize(size, smooth)


def _text(draw: ImageDraw.ImageDraw, at: tuple[int, int], text: str, width: int, ink: str) -> None:
    """One line, cut where it does not fit."""
    text = shown(text)[:200]
    whole = text
    while text and draw.textlength(text + ("…" if text != whole else ""), font=_font()) > width:
        text = text[:-1]
    draw.text(at, text + ("…" if text != whole else ""), fill=ink, font=_font())


def _end(path: str) -> str:
    """The last part of a path, which tells images apart."""
    return path if len(path) <= 34 else f"…{path[-33:]}"


@cache
def _font() -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size=13)


def _encoded(sheet: Image.Image) -> bytes:
    stream = io.BytesIO()
    sheet.save(stream, "PNG", optimize=True)
    return stream.getvalue()
