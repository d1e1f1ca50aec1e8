"""The page and its data: the report's, told that a server holds pictures and decisions."""

from __future__ import annotations

import dataclasses
import gzip
from functools import cached_property

import numpy as np

from datadoctor.report.gather import gathered
from datadoctor.report.method import method
from datadoctor.report.overview import overview
from datadoctor.report.payload import Payload
from datadoctor.report.render import rendered
from datadoctor.report.thumbnails import Album
from datadoctor.review.table import Table

# What the report's own screens know: the worst, and an even sample. The sheet asks for the others.
MOST_ITEMS = 20_000


class Page:
    """Made once, on first use."""

    def __init__(self, table: Table) -> None:
        self._table = table

    @cached_property
    def html(self) -> str:
        """The page; its Content-Security-Policy is in it."""
        return rendered(overview(self._table.run, self._payload, Album()), method(self._table.run), "", "", served=True)

    @cached_property
    def data(self) -> bytes:
        """The data as JSON, gzipped."""
        return gzip.compress(self._payload.as_json().encode("ascii"), compresslevel=1, mtime=0)

    @cached_property
    def _payload(self) -> Payload:
        gathering = gathered(self._table.run, MOST_ITEMS)
        table = gathering.items.table
        # Every item can be decided on, since the server knows its digest. They are in the order of all.
        places = np.flatnonzero(self._table.items["path"].isin(table["path"]))
        known = {"digest": table["digest"].tolist(), "place": places.tolist()}
        return dataclasses.replace(gathering.payload, items={**gathering.payload.items, **known})
