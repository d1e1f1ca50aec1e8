"""Reading: one pass over the files that opens each image once and makes everything later stages need from it.

Threads decode ahead while the network works. Rows are taken in the order of the listing; images not yet in the cache are
embedded in batches of one fixed size, and each whole batch is committed to the cache in one transaction. So a run that was
killed continues with the very batches it would have made, and what a row's vector is does not depend on when it was made.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from datadoctor import machine
from datadoctor.arrays import RowWriter
from datadoctor.cache import Entry, ImageCache
from datadoctor.progress import Progress
from datadoctor.sources import Listing
from datadoctor.stages.dataset import Images
from datadoctor.stages.dataset.look import Look
from datadoctor.stages.embeddings.extractor import Extractor
from datadoctor.stages.reading.noted import Noted
from datadoctor.stages.reading.opening import Makers, Row, decode, entries, known
from datadoctor.stages.reading.sizes import small_side
from datadoctor.stages.reading.thumbnails import Thumbnails, ThumbnailWriter

# Commits of at least this many images when there is no network to fill batches for.
COMMIT = 64


@dataclass(frozen=True, slots=True)
class Reading:
    """What one pass over the files found.

    ``images`` has a row for each of the n listed items; the other arrays have one for each readable one, in the same order,
    memory-mapped and read-only: ``vectors`` (m, d) float32 and ``views`` (m, e) float16, what the extractor's ``embed_views``
    made (None without one), and ``small`` (m, s, s, 3) uint8 RGB.
    ``decoded`` and ``embedded`` count the images opened and embedded by this run; the others came from the cache.
    """

    images: Images
    vectors: NDArray[np.float32] | None
    views: NDArray[np.float16] | None
    small: NDArray[np.uint8]
    thumbnails: Thumbnails
    decoded: int
    embedded: int


def read(
    listing: Listing,
    extractor: Extractor | None,
    *,
    cache: ImageCache,
    out: Path,
    progress: Progress,
    side: int = 0,
    look: Look | None = None,
    workers: int = 0,
) -> Reading:
    """Open every listed image once; writes ``network.npy``, ``views.npy``, ``small.npy`` and ``thumbnails.sqlite`` into ``out``.

    ``side``: of the small images (0: ``small_side``). ``look``: how they are made visible (None: as it is). ``workers`` threads
    decode (0: one a processor). Identical files are embedded once. Interrupted or killed, what was committed is in the cache and
    the next call continues. Memory does not grow with the images, except for their facts.
    """
    out.mkdir(parents=True, exist_ok=True)
    side = side or small_side(listing)
    maker = Makers(side, extractor, look or Look())
    sink = _Sink(out, side, extractor, maker.look)
    batcher = _Batcher(cache, extractor, maker, sink)
    with progress.stage("Reading images", len(listing)) as advance:
        # While one batch is embedded the next is decoded.
        ahead = 2 * max(COMMIT, extractor.batch_size if extractor else 0)
        for row in _rows(listing, cache, maker, workers or machine.workers(), ahead):
            batcher.take(row)
            advance(1)
        batcher.flush()
    if extractor:
        extractor.rest()
    return sink.finish(batcher.decoded, batcher.embedded)


def _rows(listing: Listing, cache: ImageCache, makers: Makers, workers: int, ahead: int) -> Iterator[Row]:
    """Every listed image in order; threads decode up to ``ahead`` images in advance."""
    waiting: deque[Future[Row] | Row] = deque()
    with _threads(workers) as pool:
        for row in range(len(listing)):
            file = listing.file(row)
            kept = known(file, cache, makers)
            waiting.append(kept or pool.submit(decode, file, makers))
            if len(waiting) > ahead:
                yield _result(waiting.popleft())
        while waiting:
            yield _result(waiting.popleft())


@contextmanager
def _threads(workers: int) -> Iterator[ThreadPoolExecutor]:
    pool = ThreadPoolExecutor(workers, thread_name_prefix="decode")
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _result(row: Future[Row] | Row) -> Row:
    return row if isinstance(row, Row) else row.result()


class _Sink:
    """Writes what is made of the readable images in listing order, and gathers the facts of all."""

    def __init__(self, out: Path, small_side: int, extractor: Extractor | None, look: Look) -> None:
        self._noted = Noted()
        self._look = look
        self._n_readable = 0
        self._small = RowWriter(out / "small.npy", (small_side, small_side, 3), np.uint8)
        self._thumbnails = ThumbnailWriter(out / "thumbnails.sqlite")
        self._vectors = self._views = None
        if extractor:
            self._vectors = RowWriter(out / "network.npy", (extractor.stages[-1].stop,), np.float32)
            self._views = RowWriter(out / "views.npy", (extractor.views[-1].stop,), np.float16)

    def add(self, row: Row) -> int:
        """Take the next image of the listing; returns its place among the readable ones, -1 if unreadable."""
        self._noted.add(row.facts)
        if not row.facts.readable:
            return -1
        place = self._n_readable
        self._n_readable += 1
        self._small.put(place, row.small)
        self._thumbnails.put(row.facts.digest, row.thumbnail)
        return place

    def put_vector(self, place: int, vector: bytes) -> None:
        """Write what the extractor made of the image in that place: its vector, followed by its further views."""
        if self._vectors and self._views:
            self._vectors.put(place, vector[: self._vectors.row_bytes])
            self._views.put(place, vector[self._vectors.row_bytes :])

    def finish(self, decoded: int, embedded: int) -> Reading:
        """Put all files in place."""
        vectors = self._vectors.finish(self._n_readable) if self._vectors else None
        views = self._views.finish(self._n_readable) if self._views else None
        small = self._small.finish(self._n_readable)
        return Reading(
            self._noted.images(self._look), vectors, views, small, self._thumbnails.finish(), decoded, embedded
        )


class _Batcher:
    """Embeds new images in batches of one size and commits each batch whole."""

    def __init__(self, cache: ImageCache, extractor: Extractor | None, makers: Makers, sink: _Sink) -> None:
        self._cache = cache
        self._extractor = extractor
        self._makers = makers
        self._sink = sink
        # Images that wait for a vector, by digest, and every place that the vector goes to.
        self._batch: dict[str, Row] = {}
        self._places: dict[str, list[int]] = {}
        # New images that need none: unreadable, or a copy of one that has it.
        self._settled: list[Row] = []
        self.decoded = 0
        self.embedded = 0

    def take(self, row: Row) -> None:
        """Take the next image of the listing."""
        place = self._sink.add(row)
        self.decoded += row.decoded
        if not self._waits(row, place) and row.decoded and row.lasting and row.facts.digest:
            self._settled.append(row)
        if len(self._settled) >= COMMIT:
            self._commit(self._settled, [])
            self._settled = []
        if self._extractor and len(self._batch) == self._extractor.batch_size:
            self._embed(self._extractor)

    def flush(self) -> None:
        """Embed and commit what is left."""
        if self._extractor and self._batch:
            self._embed(self._extractor)
        self._commit(self._settled, [])

    def _waits(self, row: Row, place: int) -> bool:
        """Put the image into the batch if it needs a vector that nobody has made; True if it is there for the first time."""
        digest = row.facts.digest
        if place < 0 or self._extractor is None:
            return False
        if digest in self._batch:
            self._places[digest].append(place)
            return False
        vector = row.vector if row.vector is not None else self._cache.get(digest, self._makers.vector)
        if vector is not None:
            self._sink.put_vector(place, vector)
            return False
        self._batch[digest], self._places[digest] = row, [place]
        return True

    def _embed(self, extractor: Extractor) -> None:
        batch = np.zeros((extractor.batch_size, extractor.side, extractor.side, 3), dtype=np.uint8)
        for position, row in enumerate(self._batch.values()):
            assert row.pixels is not None  # only images from the cache have none, and those have a vector
            batch[position] = row.pixels
        made_of_batch = zip(*extractor.embed_views(batch), strict=True)
        vectors = [vector.tobytes() + views.tobytes() for vector, views in made_of_batch][: len(self._batch)]
        for places, vector in zip(self._places.values(), vectors, strict=True):
            for place in places:
                self._sink.put_vector(place, vector)
        made = [Entry(digest, self._makers.vector, vector) for digest, vector in zip(self._batch, vectors, strict=True)]
        self._commit(list(self._batch.values()), made)
        self.embedded += len(self._batch)
        self._batch, self._places = {}, {}

    def _commit(self, rows: list[Row], vectors: list[Entry]) -> None:
        if rows:
            kept = [entry for row in rows for entry in entries(row, self._makers)]
            self._cache.put([row.stamped for row in rows if row.stamped], kept + vectors)
