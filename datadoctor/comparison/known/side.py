"""The known images that may be copies of new ones as a side of a comparison: a small dataset whose pictures are in the index."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from datadoctor.comparison.compare.sides import ReadSide
from datadoctor.comparison.known import SMALL, THUMBNAILS, VECTORS, Index
from datadoctor.sources.box import Box
from datadoctor.stages.dataset import Dataset, Images
from datadoctor.stages.duplicates.compare import Side
from datadoctor.stages.reading.thumbnails import Thumbnails


@dataclass(frozen=True, slots=True)
class Picture:
    """An ``Original``: the thumbnail that an index has of an image; it stands for the image in comparisons."""

    index: Path
    digest: str
    thumbnails: Thumbnails
    box: Box | None = None
    suffix: str = ".jpg"

    @property
    def name(self) -> str:
        """By what the cache would know it."""
        return f"{self.index.absolute()}#{self.digest}"

    def stamp(self) -> str:
        """Of the digest alone: what it was made of never changes."""
        return self.digest

    def read(self) -> bytes:
        """The JPEG. Raises ``OSError`` where the index has none."""
        found = self.thumbnails.get(self.digest)
        if found is None:
            raise OSError(f"{self.index}: holds no picture of {self.digest}")
        return found


class Pictures:
    """The thumbnails of some images of an index, by digest."""

    def __init__(self, of: Mapping[str, Thumbnails]) -> None:
        self._of = of

    def get(self, digest: str) -> bytes | None:
        """The JPEG of the image whose bytes have this digest."""
        return self._of[digest].get(digest) if digest in self._of else None


def with_pixels(index: Index, digests: list[str]) -> NDArray[np.int64]:
    """Rows of the index whose images have the pixels of any of these, as digests."""
    wanted = pa.array(sorted(set(digests)), pa.large_string())
    found, first = [], 0
    for part in index.parts:
        same = pa.compute.is_in(index.items(part, ["pixel_digest"])["pixel_digest"], value_set=wanted)
        found.append(first + np.flatnonzero(same.to_numpy(zero_copy_only=False)))
        first += part.images
    return np.concatenate(found).astype(np.int64)


def side_of(index: Index, rows: NDArray[np.int64]) -> ReadSide:
    """Some rows of an index, sorted, as a side: rows of the side are places in ``rows``."""
    first, tables = 0, []
    arrays: dict[str, list[NDArray[Any]]] = {VECTORS: [], SMALL: []}
    pictures: dict[str, Thumbnails] = {}
    for part in index.parts:
        inside = rows[(rows >= first) & (rows < first + part.images)] - first
        table = index.items(part).take(pa.array(inside))
        # Two runs may have the same paths.
        names = [path if len(index.parts) == 1 else f"{part.folder}/{path}" for path in table["path"].to_pylist()]
        tables.append(table.set_column(0, "path", pa.array(names, pa.large_string())))
        for name, found in arrays.items():
            found.append(np.asarray(index.array(part, name)[inside]))
        if len(inside):
            pictures |= dict.fromkeys(table["digest"].to_pylist(), Thumbnails(index.path / part.folder / THUMBNAILS))
        first += part.images
    dataset = _dataset(index, pa.concat_tables(tables), pictures)
    vectors = np.concatenate(arrays[VECTORS]).astype(np.float32)
    return ReadSide(Side(dataset, vectors, np.concatenate(arrays[SMALL])), Pictures(pictures), {})


def _dataset(index: Index, table: pa.Table, pictures: Mapping[str, Thumbnails]) -> Dataset:
    known: dict[str, list[Any]] = table.to_pydict()
    n = len(table)
    classes = tuple(sorted({label for label in known["label"] if label}))
    number = {name: place for place, name in enumerate(classes)}
    images = Images(
        readable=np.ones(n, np.bool_),
        errors=("",) * n,
        warnings=("",) * n,
        digests=tuple(known["digest"]),
        pixel_digests=tuple(known["pixel_digest"]),
        widths=np.array(known["width"], np.int32),
        heights=np.array(known["height"], np.int32),
        file_sizes=np.array(known["file_size"], np.int64),
        modes=tuple(known["mode"]),
        quality={},
    )
    originals = {
        path: Picture(index.path, digest, pictures[digest])
        for path, digest in zip(known["path"], known["digest"], strict=True)
    }
    return Dataset(
        root=index.path,
        paths=tuple(known["path"]),
        labels=np.array([number.get(label, -1) for label in known["label"]], np.int32),
        classes=classes,
        splits=("",) * n,
        groups=("",) * n,
        superclasses={},
        images=images,
        listing_rows=np.arange(n),
        originals=originals,
    )
