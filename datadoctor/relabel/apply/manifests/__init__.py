"""Manifests as files to correct: only the cells of changed labels get other bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from datadoctor.errors import DataDoctorError
from datadoctor.files import regular
from datadoctor.sources.manifest.columns import Named, choose
from datadoctor.sources.manifest.paths import below, locate, tidy, wrong
from datadoctor.sources.walk import walk
from datadoctor.tables import EXCEL, KINDS, Table

if TYPE_CHECKING:
    from datadoctor.relabel.apply.manifests.parquet import ParquetManifest
    from datadoctor.relabel.apply.manifests.text import TextManifest


@dataclass(frozen=True, slots=True)
class Cell:
    """The label of one row; ``where``: 'labels.csv:12'. ``start`` and ``end``: its place in the text, or its row twice."""

    label: str
    where: str
    start: int
    end: int


class Manifest(Protocol):
    """A manifest that was read. ``cells``: the label cells of each path, several where a path is listed more than once."""

    @property
    def cells(self) -> Mapping[str, Sequence[Cell]]:
        """The label cells by path."""
        ...

    def with_labels(self, labels: Mapping[str, str]) -> bytes:
        """The content of the file with other labels for some paths."""
        ...


def read_manifest(
    file: Path, path_column: str | None = None, label_column: str | None = None, root: Path | None = None
) -> Manifest:
    """Read a manifest of any kind that an audit reads; raises ``DataDoctorError`` where it cannot be corrected safely.

    ``root``: the folder of images; the paths of the cells are then those that an audit lists.
    """
    from datadoctor.relabel.apply.manifests import parquet, text

    kind = file.suffix.lower()
    try:
        content = regular(file).read_bytes()
    except OSError as error:
        raise DataDoctorError(f"{file}: cannot read the manifest: {error.strerror}; check its path") from error
    if kind not in KINDS:
        raise DataDoctorError(f"{file}: unknown kind of manifest; give one of {', '.join(KINDS)}")
    if kind in EXCEL:
        raise DataDoctorError(f"{file}: workbooks are read, not written: save the sheet as CSV, and correct that")
    reader = parquet.read if kind == ".parquet" else text.read
    manifest: ParquetManifest | TextManifest = reader(file, content, Named(path_column, label_column))
    return replace(manifest, cells=_located(manifest.cells, root, file))


def chosen_columns(table: Table, named: Named) -> tuple[str, str]:
    """The names of the path and label columns, found as an audit does."""
    columns = choose(table, named)
    if columns.label is None:
        raise DataDoctorError(f"{table.file}: no column is called label; name it among: {', '.join(table.columns)}")
    return columns.path, columns.label


def by_path(cells: Sequence[tuple[str, Cell]]) -> dict[str, list[Cell]]:
    """The cells by path, as it is written."""
    found: dict[str, list[Cell]] = {}
    for path, cell in cells:
        found.setdefault(path, []).append(cell)
    return found


def _located(cells: Mapping[str, list[Cell]], root: Path | None, file: Path) -> dict[str, list[Cell]]:
    """The cells by the file that each path means; a path that means none is only tidied."""
    paths = list(cells)
    found = [None] * len(paths) if root is None else _files(paths, root, file)
    known: dict[str, list[Cell]] = {}
    for path, real in zip(paths, found, strict=True):
        known.setdefault(real or tidy(path), []).extend(cells[path])
    return known


def _files(paths: Sequence[str], root: Path, file: Path) -> Sequence[str | None]:
    if all(not wrong(path) and (root / tidy(path)).is_file() for path in paths):
        return [None] * len(paths)
    there = {"/".join(parts) for parts in walk(root).images}
    return locate(root, paths, [below(root, file.parent)] * len(paths), there).paths
