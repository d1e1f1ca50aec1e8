"""Reading a listing of which most images were read before: only files of unknown content are left to be opened."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from datadoctor import machine
from datadoctor.sources import Listing
from datadoctor.sources.originals import digest_if_readable
from datadoctor.stages.dataset import Images


def rows_in(known: Images | None, listing: Listing) -> NDArray[np.int64]:
    """(n,) the row of each listed image in those that are known, by the bytes of its file.

    -1 where they are new, or cannot be read: why is found when the file is opened.
    """
    rows = {digest: row for row, digest in enumerate(known.digests)} if known else {}
    with ThreadPoolExecutor(machine.workers()) as pool:
        return np.array(
            [rows.get(digest, -1) for digest in pool.map(digest_if_readable, listing.files())], dtype=np.int64
        )


def in_order(known: Images | None, new: Images, rows: NDArray[np.int64]) -> Images:
    """The facts of a listing's images: of those with ``rows`` in ``known`` from there, of the others, in turn, from ``new``."""
    if known is None:
        return new
    order = rows.copy()
    order[rows < 0] = len(known) + np.arange(len(new))
    return Images.joined([known, new]).take(order)
