"""Puts a run into an index: a new one, or one that is there already."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from datadoctor import locks
from datadoctor.arrays import DAMAGED, RowWriter
from datadoctor.comparison.known import (
    COLUMNS,
    ITEMS,
    SMALL,
    THUMBNAILS,
    VECTORS,
    Index,
    Part,
    eye,
    of_kinds,
    opened,
    write,
)
from datadoctor.config import Config, load
from datadoctor.errors import DataDoctorError
from datadoctor.files import check_folder_can_be_written, check_utf8
from datadoctor.progress import Progress
from datadoctor.run import Run
from datadoctor.stages.embeddings.choice import Choice
from datadoctor.stages.embeddings.narrowing import Narrowed
from datadoctor.stages.embeddings.patches import embed_filters

ROWS_AT_ONCE = 4096
OF_RUN = ("path", "given_label", "digest", "pixel_digest", "mode", "width", "height", "file_size")


def index_run(run: Run, out: Path, overrides: Mapping[str, object], progress: Progress, *, add: bool = False) -> Index:
    """Put the readable images of a run into the index ``out``: a new one, or with ``add`` one that is there.

    ``overrides``: ``device``, and ``model`` where that is the user's own code. Raises ``DataDoctorError`` for a run that was seen by
    another eye than the index, or is in it already.
    """
    _ = run.summary
    check_utf8(run.path, out)
    check_folder_can_be_written(out)
    with locks.alone(out, f"{out}: another process is writing this index; wait for it"):
        there = _there(out, add=add)
        config = _config(run, overrides)
        fits = eye.kept(there) if there else eye.of_run(run)
        index = there or _new(out, config, fits)
        choice = eye.chosen(index, fits, config)
        items = _items(run)
        digest = hashlib.sha256("".join(items["digest"].to_pylist()).encode()).hexdigest()
        same = next((part for part in index.parts if part.digest == digest), None)
        if same:
            raise DataDoctorError(f"{out}: holds the images of {run.path} already, as {same.folder}; nothing to add")
        part = Part(f"{len(index.parts) + 1:04d}", str(run.summary["source"]), len(items), digest)
        columns = _write_part(run, out, part, items, _Seeing(fits, choice, config.device, progress))
        if there and columns != index.columns:
            raise DataDoctorError(
                f"{run.path}: {columns} columns, not the {index.columns} of {out}; make the index again"
            )
        if not there:
            eye.keep(fits, out)
        index = replace(index, columns=columns, parts=(*index.parts, part))
        write(index)
    return index


def _there(out: Path, *, add: bool) -> Index | None:
    if add:
        return opened(out)
    if (out / "index.json").exists():
        raise DataDoctorError(f"{out}: there is an index; --add puts another run into it, or name another --out")
    return None


def _config(run: Run, overrides: Mapping[str, object]) -> Config:
    settings = run.summary["settings"]
    known = {name: settings.get(name) for name in ("model", "weights", "device")}
    asked = {name: value for name, value in overrides.items() if value is not None}
    config = load(None, known | asked, search=False)
    if "model" not in asked:
        probe = Index(run.path, config.model, None, "", "", 0, ())
        eye.config_for(probe, config, None)  # refuses code that only the run names
    return config


def _new(out: Path, config: Config, fits: Mapping[str, Any]) -> Index:
    from datadoctor.stages.embeddings.choice import choose

    extractor = choose(config.model, config.weights, fits["short_side"], config.device).extractor
    weights = str(config.weights.absolute()) if config.weights else None
    network, seen_by = (extractor.computes, extractor.made_by) if extractor else ("", "filters of its own patches")
    return Index(out, config.model, weights, network, seen_by, 0, ())


class _Seeing:
    """Makes the vectors of a run's images with the fits of an index."""

    def __init__(self, fits: Mapping[str, Any], choice: Choice, device: str, progress: Progress) -> None:
        self._fits, self._choice, self._device, self._progress = fits, choice, device, progress

    def vectors(self, run: Run, file: Path) -> NDArray[np.float32]:
        """(n, d) float32 rows of length 1 of the readable images of a run, written to ``file``."""
        artifacts = run.path / "artifacts"
        if self._choice.extractor is None:
            small = _array(artifacts / "small.npy")
            if small.shape[1] != self._fits["small_side"]:
                raise DataDoctorError(
                    f"{run.path}: its small images have {small.shape[1]} pixels a side, those of the index "
                    f"{self._fits['small_side']}: the filters of the index do not fit; use a pretrained --model"
                )
            return embed_filters(
                self._fits["filters"], small, file, device=self._device, progress=self._progress
            ).vectors
        whole = _array(artifacts / "network.npy")
        if whole.shape[1] != self._choice.extractor.stages[-1].stop:
            raise DataDoctorError(f"{artifacts / 'network.npy'}: not what this network sees; run the audit again")
        return Narrowed(self._choice.extractor.stages, self._fits["serving"]).vectors(whole, file)


def _array(file: Path) -> NDArray[Any]:
    try:
        found: NDArray[Any] = np.load(file, mmap_mode="r", allow_pickle=False)
    except DAMAGED as error:
        raise DataDoctorError(f"{file}: not there or damaged ({error}); run the audit again") from error
    return found


def _items(run: Run) -> pa.Table:
    """The readable images of a run in the order of its arrays, by the columns of an index."""
    table = pq.read_table(run.path / "items.parquet", columns=["row", *OF_RUN])
    table = table.filter(pa.compute.greater_equal(table["row"], 0)).sort_by("row").select(list(OF_RUN))
    return of_kinds(table.rename_columns(list(COLUMNS)))


def _write_part(run: Run, out: Path, part: Part, items: pa.Table, seeing: _Seeing) -> int:
    """Write the folder of a part, which appears whole; returns the columns of its vectors."""
    making = out / f"{part.folder}.{os.getpid()}.unfinished"
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(parents=True)
    small = _array(run.path / "artifacts" / "small.npy")
    with tempfile.TemporaryDirectory(dir=making, ignore_cleanup_errors=True) as folder:  # Windows keeps what is mapped
        seen = seeing.vectors(run, Path(folder, "seen.npy"))
        if not len(seen) == len(small) == len(items):
            raise DataDoctorError(f"{run.path}: its arrays have not the rows of its items; run the audit again")
        columns = int(seen.shape[1])
        _write_rows(making / VECTORS, seen, lambda rows: rows.astype(np.float16))
        del seen
    _write_rows(making / SMALL, small, eye.shrunken)
    pq.write_table(items, making / ITEMS)
    shutil.copyfile(run.path / "artifacts" / "thumbnails.sqlite", making / THUMBNAILS)
    shutil.rmtree(out / part.folder, ignore_errors=True)  # of a process that died before it was named
    making.rename(out / part.folder)
    return columns


def _write_rows(file: Path, rows: NDArray[Any], made: Any) -> None:
    first = made(rows[:1])
    writer = RowWriter(file, first.shape[1:], first.dtype.type)
    for start in range(0, len(rows), ROWS_AT_ONCE):
        writer.put(start, made(np.asarray(rows[start : start + ROWS_AT_ONCE])).tobytes())
    writer.finish(len(rows))
