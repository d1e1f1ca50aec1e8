"""Manifests as files to correct: only the cells of changed labels get other bytes."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from datadoctor.errors import DataDoctorError
from datadoctor.files import regular
from datadoctor.sources.manifest import LABEL_COLUMNS

TEXT_KINDS = (".csv", ".tsv", ".jsonl", ".ndjson")


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


def read_manifest(file: Path, path_column: str = "path", label_column: str | None = None) -> Manifest:
    """Read a CSV, TSV, JSON Lines or Parquet manifest; raises ``DataDoctorError`` where it cannot be corrected safely."""
    from datadoctor.relabel.apply.manifests import parquet, text

    kind = file.suffix.lower()
    try:
        content = regular(file).read_bytes()
    except OSError as error:
        raise DataDoctorError(f"{file}: cannot read the manifest: {error.strerror}; check its path") from error
    if kind == ".parquet":
        return parquet.read(file, content, path_column, label_column)
    if kind in TEXT_KINDS:
        return text.read(file, content, path_column, label_column)
    raise DataDoctorError(f"{file}: unknown kind of manifest; give one of {', '.join((*TEXT_KINDS, '.parquet'))}")


def chosen_columns(file: Path, names: Sequence[str], path_column: str, label_column: str | None) -> tuple[str, str]:
    """The names of the path and label columns, the label column found as an audit does."""
    if label_column is None:
        by_lower = {name.lower(): name for name in reversed(names)}
        label_column = next((by_lower[name] for name in LABEL_COLUMNS if name in by_lower), LABEL_COLUMNS[0])
    for name in (path_column, label_column):
        if name not in names:
            raise DataDoctorError(f"{file}: no column '{name}'; name the column among: {', '.join(names)}")
    return path_column, label_column


def tidy(path: str) -> str:
    """A path as an audit writes it."""
    return posixpath.normpath(path) if path else path
