"""What a dataset holds now, from what the base is known to hold: only images of unknown content are opened."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datadoctor import machine
from datadoctor.progress import Progress
from datadoctor.sources import Listing, file_on_disk
from datadoctor.stages.dataset import Images
from datadoctor.stages.dataset.look import Look
from datadoctor.stages.embeddings.extractor import Extractor
from datadoctor.stages.reading.opening import Makers, Row, decode

NETWORK, OWN_FILTERS = "network", "own filters"


@dataclass(frozen=True)
class Contents:
    """The facts of every listed image, n rows, and what was made of the new ones.

    ``base_rows`` (n,) int64: the row in the base's images, -1 where the content is new; ``new_rows`` (n,) int64: the row in
    ``views``, (m, d) float32 each by name (none without a network), and ``small`` (m, s, s, 3) uint8, -1 for known or
    unreadable images.
    """

    images: Images
    base_rows: NDArray[np.int64]
    new_rows: NDArray[np.int64]
    views: Mapping[str, NDArray[np.float32]]
    small: NDArray[np.uint8]


def read(
    listing: Listing, base: Images | None, extractor: Extractor | None, small_side: int, progress: Progress
) -> Contents:
    """Hash every file; open, shrink and embed those whose bytes the base does not have."""
    files = [file_on_disk(listing.root, path, listing.names_on_disk) for path in listing.paths]
    known = {digest: row for row, digest in enumerate(base.digests)} if base else {}
    # As the base was looked at, so that what did not change looks the same.
    makers = Makers(small_side, extractor, base.look if base else Look())
    with ThreadPoolExecutor(machine.workers()) as pool:
        base_rows = np.array([known.get(digest, -1) for digest in pool.map(_file_digest, files)], dtype=np.int64)
        opened: list[Row] = []
        unknown = np.flatnonzero(base_rows < 0)
        with progress.stage("Reading changed images", len(unknown)) as advance:
            for row in pool.map(lambda number: decode(files[number], makers), unknown.tolist()):
                opened.append(row)
                advance(1)
    readable = [row for row in opened if row.facts.readable]
    new_rows = np.full(len(files), -1, dtype=np.int64)
    new_rows[unknown[[row.facts.readable for row in opened]]] = np.arange(len(readable))
    return Contents(
        images=_joined(base, _facts(opened), base_rows, unknown),
        base_rows=base_rows,
        new_rows=new_rows,
        views=_embedded(readable, extractor) if extractor else {},
        small=_small(readable, small_side),
    )


def _file_digest(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except (OSError, ValueError):
        return ""  # opened below, and reported with its cause


def _facts(rows: Sequence[Row]) -> Images:
    facts = [row.facts for row in rows]
    names = sorted({name for one in facts for name in one.quality})
    return Images(
        readable=np.array([one.readable for one in facts], dtype=np.bool_),
        errors=tuple(one.error for one in facts),
        warnings=tuple(one.warning for one in facts),
        digests=tuple(one.digest for one in facts),
        pixel_digests=tuple(one.pixel_digest for one in facts),
        widths=np.array([one.width for one in facts], dtype=np.int32),
        heights=np.array([one.height for one in facts], dtype=np.int32),
        file_sizes=np.array([one.file_size for one in facts], dtype=np.int64),
        modes=tuple(one.mode for one in facts),
        quality={name: np.array([one.quality.get(name, np.nan) for one in facts], dtype=np.float32) for name in names},
    )


def _joined(base: Images | None, new: Images, base_rows: NDArray[np.int64], unknown: NDArray[np.int64]) -> Images:
    """The facts in the order of the listing."""
    if base is None:
        return new
    n_base = len(base)
    order = base_rows.copy()
    order[unknown] = n_base + np.arange(len(unknown))
    # Nothing new, or nothing readable among it, brings no figures.
    figures = {
        name: np.concatenate([values, new.quality.get(name, np.full(len(new), np.nan, np.float32))])
        for name, values in base.quality.items()
    }
    joined: dict[str, Any] = {
        one.name: _chained(getattr(base, one.name), getattr(new, one.name))
        for one in fields(Images)
        if one.name not in ("quality", "look")
    }
    return replace(base, **joined, quality=figures).take(order)


def _chained(first: object, second: object) -> object:
    if isinstance(first, tuple) and isinstance(second, tuple):
        return first + second
    return np.concatenate([np.asarray(first), np.asarray(second)])


def further(view: str) -> str:
    """The name of a further view of the network."""
    return f"{NETWORK} ({view})"


def _embedded(rows: Sequence[Row], extractor: Extractor) -> dict[str, NDArray[np.float32]]:
    """Vectors and further views, in batches of the one size the network takes, the last one filled up."""
    vectors = np.zeros((len(rows), extractor.stages[-1].stop), dtype=np.float32)
    columns = np.zeros((len(rows), extractor.views[-1].stop), dtype=np.float16)
    for start in range(0, len(rows), extractor.batch_size):
        part = rows[start : start + extractor.batch_size]
        batch = np.zeros((extractor.batch_size, extractor.side, extractor.side, 3), dtype=np.uint8)
        for place, row in enumerate(part):
            assert row.pixels is not None  # every readable image has them when there is a network
            batch[place] = row.pixels
        here = slice(start, start + len(part))
        vectors[here], columns[here] = (made[: len(part)] for made in extractor.embed_views(batch))
    views = {further(one.name): columns[:, one.start : one.stop].astype(np.float32) for one in extractor.views}
    return {NETWORK: vectors} | views


def _small(rows: Sequence[Row], side: int) -> NDArray[np.uint8]:
    small = np.zeros((len(rows), side, side, 3), dtype=np.uint8)
    for place, row in enumerate(rows):
        small[place] = np.frombuffer(row.small, dtype=np.uint8).reshape(side, side, 3)
    return small
