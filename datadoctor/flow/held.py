"""A dataset that was fitted before, as it is now: only images of new content go through the stages, with the fits of then."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from datadoctor.config import Config
from datadoctor.flow import Flow
from datadoctor.flow.fits import Fits
from datadoctor.progress import Progress
from datadoctor.sources import Listing
from datadoctor.stages.dataset import Images
from datadoctor.stages.embeddings.choice import Choice
from datadoctor.stages.reading.apply import in_order, rows_in

# Without fits there is nothing that small images are needed for.
SMALL_SIDE = 16


@dataclass(frozen=True)
class Held:
    """What a listing holds now: ``images``, n of them; ``flow``: the stages of those whose content was not there before.

    ``base_rows`` (n,) int64: the row in the ``reference`` of the fits, -1 where the content is new; ``new_rows`` (n,) int64: the row
    in the flow's dataset, -1 for known or unreadable images. ``fits``: None where only the files are looked at.
    """

    listing: Listing
    fits: Fits | None
    images: Images
    flow: Flow
    base_rows: NDArray[np.int64]
    new_rows: NDArray[np.int64]


@contextmanager
def hold(listing: Listing, fits: Fits | None, config: Config, progress: Progress) -> Iterator[Held]:
    """Hash every file, and open those whose bytes are new; what is made of them lasts as long as the context."""
    base = fits["reference"].images if fits else None
    base_rows = rows_in(base, listing)
    new = np.flatnonzero(base_rows < 0)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:  # Windows keeps what is mapped
        # Nothing that was kept of earlier files is believed here, and the user's cache does not grow by what may be refused.
        apart = replace(config, out=Path(folder), cache=Path(folder) / "cache")
        # The given hierarchy is not read: it is about classes, and a new class may not be in it yet.
        given = {"listing": listing.take(new), "class_names": {}, **_given(fits, len(new) > 0)}
        flow = Flow(listing.root, apart, progress, given)
        new_rows = np.full(len(listing), -1, dtype=np.int64)
        new_rows[new[flow["images"].readable]] = np.arange(len(flow["dataset"]))
        yield Held(listing, fits, in_order(base, flow["images"], base_rows), flow, base_rows, new_rows)


def _given(fits: Fits | None, is_new: bool) -> Fits:
    """What the stages need not make: all that was fitted on the base; and no network by hashes alone, or without new content."""
    if fits is None:
        return {"small_side": SMALL_SIDE, "choice": Choice(None)}
    # Where the base was seen without a network, changes are, even if there is one by now.
    return fits if fits["network"] and is_new else {**fits, "choice": Choice(None)}
