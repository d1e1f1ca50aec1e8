"""Larger pictures for the worst items, made again from the audited files."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

import pandas as pd
from PIL import ImageDraw

from datadoctor import machine
from datadoctor.sources.box import Box
from datadoctor.sources.originals import ImageFile, box_of, content_of, digest_of
from datadoctor.stages.dataset.look import Look
from datadoctor.stages.reading.images import THUMBNAIL_SIDE, shown

SIDE = 384
# Up to this many times a thumbnail's side, the thumbnail is as good.
WORTH = 1.25
AT_ONCE = 32
# Of WEBP, 0 to 6: half the time of its default, 4, for 3 % more bytes.
EFFORT = 2
# Of the longer side of a box, what is shown around it; and the least side that this is a share of.
AROUND, LEAST_AROUND = 0.6, 40
_AS_IT_IS = Look()


class Pictures:
    """Pictures of at most ``SIDE`` px of the audited files that are still there unchanged."""

    def __init__(self, original: Callable[[str], ImageFile], items: pd.DataFrame, look: Look = _AS_IT_IS) -> None:
        """``original`` says where the bytes behind a path are; ``items`` has the columns ``path``, ``digest``, ``width`` and ``height``.

        ``look``: how the audit made its images visible.
        """
        self._look = look
        larger = items[items[["width", "height"]].max(axis=1) > THUMBNAIL_SIDE * WORTH]
        self._original = original
        self._larger = frozenset(larger["digest"])
        self._path = dict(zip(items["digest"], items["path"], strict=True))

    def of(self, digests: Iterable[str]) -> Iterator[tuple[str, bytes | None]]:
        """As ``ahead``; None where the thumbnail is as good, or the file is gone, changed or unreadable by now."""
        return ahead(self._picture, digests)

    def _picture(self, digest: str) -> bytes | None:
        path = self._path.get(digest)
        if path is None:
            return None
        try:
            file = self._original(path)
            box = box_of(file)
            if box is None and digest not in self._larger:
                return None
            content = content_of(file)
            if digest_of(content, box) != digest:
                return None
            return in_its_photo(content, box, self._look) if box else reduced(content, SIDE, "WEBP", self._look)
        except Exception:  # noqa: BLE001 - whatever is wrong with the file now, there is the audit's thumbnail
            return None


def ahead(make: Callable[[str], bytes | None], digests: Iterable[str]) -> Iterator[tuple[str, bytes | None]]:
    """Each digest with the picture that ``make`` makes of it, in order; made ahead by ``AT_ONCE`` in threads."""
    waiting = iter(digests)
    with ThreadPoolExecutor(machine.workers()) as pool:
        while several := list(islice(waiting, AT_ONCE)):
            yield from zip(several, pool.map(make, several), strict=True)


def in_its_photo(content: bytes, box: Box, look: Look = _AS_IT_IS) -> bytes:
    """An object with what is around it in its photo, and its box, as a WEBP of at most ``SIDE`` px."""
    rgb = shown(content, look, 0)
    left, top, right, bottom = box.pixels(*rgb.size)
    around = round(AROUND * max(right - left, bottom - top, LEAST_AROUND))
    corner = max(left - around, 0), max(top - around, 0)
    part = rgb.crop((*corner, min(right + around, rgb.width), min(bottom + around, rgb.height)))
    scale = SIDE / max(part.size)
    part = part.resize((max(1, round(part.width * scale)), max(1, round(part.height * scale))), reducing_gap=2.0)
    edges = [round((edge - corner[place % 2]) * scale) for place, edge in enumerate((left, top, right, bottom))]
    pen = ImageDraw.Draw(part)
    for beside, colour in ((1, "black"), (0, "white"), (-1, "black")):
        x0, y0, x1, y1 = edges[0] - beside, edges[1] - beside, edges[2] - 1 + beside, edges[3] - 1 + beside
        pen.rectangle((x0, y0, max(x0, x1), max(y0, y1)), outline=colour)
    stream = io.BytesIO()
    part.save(stream, "WEBP", quality=75, method=EFFORT)
    return stream.getvalue()


def reduced(content: bytes, side: int, kind: str, look: Look = _AS_IT_IS) -> bytes:
    """An image file's content as a smaller picture: upright, RGB, longest side at most ``side`` px."""
    rgb = shown(content, look, side)
    rgb.thumbnail((side, side), reducing_gap=2.0)
    stream = io.BytesIO()
    rgb.save(stream, kind, quality=75, method=EFFORT)
    return stream.getvalue()
