"""An index of known images: what `datadoctor compare NEW --index known.idx` asks whether an image is new.

A folder with ``index.json``, the fits that its images were seen with (``fits/``), and a folder for every run that was put into it
(``0001/``, …): ``vectors.npy`` (n, d) float16, ``small.npy`` (n, 16, 16, 3) uint8, ``items.parquet`` and ``thumbnails.sqlite``. Nothing in
it is trained, so that a run is added by writing its folder: the search is exact, block by block. Why: ``docs/decisions/scale.md``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from datadoctor import files, schemas
from datadoctor._version import __version__
from datadoctor.arrays import DAMAGED
from datadoctor.errors import DataDoctorError
from datadoctor.strict_json import parse

NAME = "index"
FILE = "index.json"
FITS = "fits"
VECTORS, SMALL, ITEMS, THUMBNAILS = "vectors.npy", "small.npy", "items.parquet", "thumbnails.sqlite"
# Columns of ``items.parquet``, row-aligned with the arrays.
TEXTS, NUMBERS = ("path", "label", "digest", "pixel_digest", "mode"), ("width", "height", "file_size")
COLUMNS = (*TEXTS, *NUMBERS)
SIDE = 16


@dataclass(frozen=True, slots=True)
class Part:
    """A run in the index: its folder, what its source was called, how many readable images, and a digest of theirs."""

    folder: str
    source: str
    images: int
    digest: str


@dataclass(frozen=True, slots=True)
class Index:
    """``network``: what the network computes, '' for filters of the first run's own patches; ``seen_by`` the same for people."""

    path: Path
    model: str
    weights: str | None
    network: str
    seen_by: str
    columns: int
    parts: tuple[Part, ...]

    def __len__(self) -> int:
        return sum(part.images for part in self.parts)

    def array(self, part: Part, name: str) -> NDArray[Any]:
        """``vectors.npy`` or ``small.npy`` of a part, memory-mapped. Raises ``DataDoctorError`` where it is damaged."""
        file = self.path / part.folder / name
        wanted = (part.images, self.columns) if name == VECTORS else (part.images, SIDE, SIDE, 3)
        try:
            found: NDArray[Any] = np.load(files.regular(file), mmap_mode="r" if part.images else None)
        except DAMAGED as error:
            raise DataDoctorError(f"{file}: damaged ({error}); make the index again") from error
        if found.shape != wanted:
            raise DataDoctorError(f"{file}: {found.shape}, not {wanted}; make the index again")
        return found

    def items(self, part: Part, columns: Sequence[str] = COLUMNS) -> pa.Table:
        """Columns of the items of a part. Raises ``DataDoctorError`` where they are damaged."""
        file = self.path / part.folder / ITEMS
        try:
            found = of_kinds(pq.read_table(files.regular(file), columns=list(columns)))
        except (OSError, ValueError, KeyError) as error:
            raise DataDoctorError(
                f"{file}: damaged ({str(error).partition(chr(10))[0]}); make the index again"
            ) from error
        if len(found) != part.images:
            raise DataDoctorError(f"{file}: {len(found)} rows, not {part.images}; make the index again")
        return found


def of_kinds(table: pa.Table) -> pa.Table:
    """The table with columns of one kind, whichever version wrote them."""
    kinds = {name: pa.large_string() for name in TEXTS} | {name: pa.int64() for name in NUMBERS}
    return table.cast(pa.schema([(name, kinds[name]) for name in table.column_names]))


def opened(path: Path) -> Index:
    """The index in a folder. Raises ``DataDoctorError`` where there is none, or another version wrote it."""
    file = path / FILE
    try:
        found = parse(files.regular(file).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise DataDoctorError(f"{path}: no index; make one with `datadoctor index RUN --out {path}`") from error
    except ValueError as error:
        raise DataDoctorError(f"{file}: damaged ({error}); make the index again") from error
    if wrong := schemas.wrong(NAME, found):
        raise DataDoctorError(f"{file}: not an index of this version ({wrong}); make it again")
    parts = tuple(Part(**part) for part in found["parts"])
    known = {name: found[name] for name in ("model", "weights", "network", "seen_by", "columns")}
    return Index(path=path, parts=parts, **known)


def write(index: Index) -> None:
    """Write ``index.json``: what is in the index from now on."""
    files.write_whole(index.path / FILE, json.dumps(plain(index), indent=1, ensure_ascii=False).encode() + b"\n")


def plain(index: Index) -> Mapping[str, Any]:
    """As it stands in the file."""
    known = {name: getattr(index, name) for name in ("model", "weights", "network", "seen_by", "columns")}
    head = {"schema": schemas.version(NAME), "created_with": f"datadoctor {__version__}"}
    return head | known | {"parts": [asdict(part) for part in index.parts]}
