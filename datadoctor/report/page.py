"""Puts the page together: gathers the data, spends what is left of the size limit on thumbnails, renders."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from datadoctor.errors import DataDoctorError
from datadoctor.report.gather import Gathering, gathered
from datadoctor.report.method import method
from datadoctor.report.overview import overview
from datadoctor.report.payload import Payload
from datadoctor.report.pictures import Pictures, ahead, reduced
from datadoctor.report.render import rendered
from datadoctor.report.thumbnails import Album
from datadoctor.run import Run
from datadoctor.run.originals import originals
from datadoctor.stages.dataset import look

MOST_ITEMS = 100_000
DATA_SHARE = 0.5
FRAME = 1_000_000
SMALL_SIDE = 72


def page(run: Run, thumbnail: Callable[[str], bytes | None], limit: int) -> bytes:
    """The whole page as UTF-8, at most ``limit`` bytes."""
    payload, album = filled(run, thumbnail, limit)
    html = rendered(overview(run, payload, album), method(run), payload.encoded(), "\n".join(album.pictures))
    content = html.encode("utf-8", "backslashreplace")
    if len(content) > limit:
        raise DataDoctorError(f"{run.path}: the report needs {len(content):,} bytes, over its limit of {limit:,}")
    return content


def filled(run: Run, thumbnail: Callable[[str], bytes | None], limit: int) -> tuple[Payload, Album]:
    """The data of the page, with as many items as half of ``limit`` holds, and the pictures that fit beside it."""
    most = MOST_ITEMS
    while True:
        gathering = gathered(run, most)
        size = len(gathering.payload.encoded())
        if size <= limit * DATA_SHARE or most < 100:
            break
        most //= 2
    album = _album(run, gathering, thumbnail, limit - size - FRAME)
    digests = gathering.items.table["digest"].tolist()
    places = [album.place.get(digest, -1) for digest in digests]
    return replace(gathering.payload, items={**gathering.payload.items, "thumbnail": places}), album


def _album(run: Run, gathering: Gathering, thumbnail: Callable[[str], bytes | None], budget: int) -> Album:
    """Half the budget for larger pictures of the worst, most of the rest for thumbnails, then small ones around them."""
    table, album = gathering.items.table, Album()
    digests = table["digest"].tolist()
    large, small = ([digests[i] for i in several] for several in (gathering.large, gathering.small))
    pictures = Pictures(originals(run), table, look.of_summary(run.summary["reading"].get("look", {})))
    album.fill(pictures.of(album.missing(large)), budget // 2)
    album.fill(((d, thumbnail(d)) for d in album.missing(large)), budget * 3 // 10)
    album.fill(ahead(lambda digest: _small(thumbnail(digest)), album.missing(small)), budget // 5)
    return album


def _small(jpeg: bytes | None) -> bytes | None:
    return None if jpeg is None else reduced(jpeg, SMALL_SIDE, "JPEG")
