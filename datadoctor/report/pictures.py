"""Larger pictures for the worst items, made again from the audited files."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

import pandas as pd

from datadoctor import machine
from datadoctor.sources.originals import ImageFile, box_of, content_of, digest_of
from datadoctor.stages.dataset.look import Look
from datadoctor.stages.reading.images import THUMBNAIL_SIDE, shown

SIDE = 384
# Up to this many times a thumbnail's side, the thumbnail is as good.
WORTH = 1.25
AT_ONCE = 32
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
        self._path = dict(zip(larger["digest"], larger["path"], strict=True))

    def of(self, digests: Iterable[str]) -> Iterator[tuple[str, bytes | None]]:
        """Each digest with its picture, in order; read ahead by ``AT_ONCE`` in threads.

        None where the thumbnail is as good, or the file is gone, changed or unreadable by now.
        """
        waiting = iter(digests)
        with ThreadPoolExecutor(machine.workers()) as pool:
            while several := list(islice(waiting, AT_ONCE)):
                yield from zip(several, pool.map(self._picture, several), strict=True)

    def _picture(self, digest: str) -> bytes | None:
        path = self._path.get(digest)
        if path is None:
            return None
        try:
            file = self._original(path)
            content = content_of(file)
            return reduced(content, SIDE, "WEBP", self._look) if digest_of(content, box_of(file)) == digest else None
        except Exception:  # noqa: BLE001 - whatever is wrong with the file now, there is the audit's thumbnail
            return None


def reduced(content: bytes, side: int, kind: str, look: Look = _AS_IT_IS) -> bytes:
    """An image file's content as a smaller picture: upright, RGB, longest side at most ``side`` px."""
    rgb = shown(content, look, side)
    rgb.thumbnail((side, side), reducing_gap=2.0)
    stream = io.BytesIO()
    rgb.save(stream, kind, quality=75)
    return stream.getvalue()
