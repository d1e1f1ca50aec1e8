"""Joins the readings of all shards into the one that a single audit would have made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datadoctor.arrays import RowWriter
from datadoctor.errors import DataDoctorError
from datadoctor.flow.keeping import Keeper
from datadoctor.progress import Progress
from datadoctor.shards import agreement
from datadoctor.shards.document import Document, Origin
from datadoctor.shards.making import IMAGES, THUMBNAILS
from datadoctor.stages.dataset import Images
from datadoctor.stages.reading.read import Reading
from datadoctor.stages.reading.thumbnails import Thumbnails, ThumbnailWriter

ROWS_AT_ONCE = 4096


@dataclass(frozen=True, slots=True)
class Shards:
    """All shards of one audit, in the order of their rows."""

    folders: tuple[Path, ...]
    documents: tuple[Document, ...]

    @property
    def origin(self) -> Origin:
        """What all of them have in common."""
        return self.documents[0].origin

    @property
    def arithmetics(self) -> set[str]:
        """What their vectors follow from to the last bit."""
        return {one.arithmetic for one in self.documents}


def find(folder: Path) -> Shards:
    """The shards below a folder. Raises ``DataDoctorError`` naming the one that is missing or in the way."""
    pairs = agreement.agreeing(folder)
    return Shards(tuple(path for path, _ in pairs), tuple(one for _, one in pairs))


def gather(shards: Shards, out: Path, progress: Progress) -> Reading:
    """Write the joined arrays and thumbnails into ``out``. Raises ``DataDoctorError`` naming a shard that is damaged."""
    out.mkdir(parents=True, exist_ok=True)
    with progress.stage("Checking shards", len(shards.folders)) as advance:
        for path, one in zip(shards.folders, shards.documents, strict=True):
            agreement.check_files(path, one.files)
            advance(1)
    images = Images.joined([_images(path, one) for path, one in zip(shards.folders, shards.documents, strict=True)])
    arrays: dict[str, NDArray[Any]] = {}
    names = ("small.npy", *(("network.npy", "views.npy") if shards.origin.network else ()))
    for name in names:
        with progress.stage(f"Joining {name.removesuffix('.npy')}", len(images)) as advance:
            arrays[name] = _joined([_array(path / name, one) for path, one in _each(shards)], out / name, advance)
    decoded, embedded = (sum(getattr(one, name) for one in shards.documents) for name in ("decoded", "embedded"))
    thumbnails = _thumbnails(shards, out / THUMBNAILS)
    return Reading(
        images, arrays.get("network.npy"), arrays.get("views.npy"), arrays["small.npy"], thumbnails, decoded, embedded
    )  # fmt: skip


def _each(shards: Shards) -> list[tuple[Path, Document]]:
    return list(zip(shards.folders, shards.documents, strict=True))


def _images(path: Path, one: Document) -> Images:
    found: Images | None = Keeper(path).fetch(IMAGES, IMAGES, Images)
    rows = one.share.rows(one.origin.images)
    if found is None or len(found) != len(rows) or int(found.readable.sum()) != one.readable:
        raise _damaged(path / IMAGES)
    return found


def _array(file: Path, one: Document) -> NDArray[Any]:
    array: NDArray[Any] = np.load(file, mmap_mode="r" if one.readable else None, allow_pickle=False)
    if len(array) != one.readable:
        raise _damaged(file)
    return array


def _joined(parts: Sequence[NDArray[Any]], file: Path, advance: Any) -> NDArray[Any]:
    """The rows of all parts one after the other, written to ``file``."""
    shape, dtype = parts[0].shape[1:], parts[0].dtype
    if any((part.shape[1:], part.dtype) != (shape, dtype) for part in parts):
        raise _damaged(file)
    writer, written = RowWriter(file, shape, dtype.type), 0
    for part in parts:
        for start in range(0, len(part), ROWS_AT_ONCE):
            rows = part[start : start + ROWS_AT_ONCE]
            writer.put(written, rows.tobytes())
            written += len(rows)
            advance(len(rows))
    return writer.finish(written)


def _thumbnails(shards: Shards, file: Path) -> Thumbnails:
    writer = ThumbnailWriter(file)
    for path in shards.folders:
        for digest, jpeg in Thumbnails(path / THUMBNAILS).every():
            writer.put(digest, jpeg)
    return writer.finish()


def _damaged(file: Path) -> DataDoctorError:
    return DataDoctorError(f"{file}: not what a shard of this audit holds; make that shard again")
