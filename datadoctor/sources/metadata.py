"""Lists an image folder as Hugging Face's ``datasets`` has it: ``metadata.csv|jsonl|parquet`` beside the images, with ``file_name``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from datadoctor.errors import DataDoctorError
from datadoctor.sources import Listing
from datadoctor.sources.manifest import list_manifest
from datadoctor.sources.manifest.columns import label_column
from datadoctor.sources.walk import Walk
from datadoctor.tables import Table, read_table
from datadoctor.tables.dialect import folded_name


def list_metadata(root: Path, found: Walk, **columns: Any) -> Listing | None:
    """The listing that the tables among the images give; None where they name no files, or no labels while class folders do."""
    tables = [read_table(root / path, "metadata") for path in found.tables]
    named = [table for table in tables if _file_names(table)]
    in_folders = any(len(parts) > 2 for parts in found.images)
    if not named or (in_folders and not any(map(_has_labels, named))):
        return None
    columns["path_column"] = columns["path_column"] or _file_names(named[0])
    return list_manifest(root, *(table.file for table in named), **columns, found=found)


def _file_names(table: Table) -> str:
    return next((name for name in table.columns if folded_name(name).endswith("filename")), "")


def _has_labels(table: Table) -> bool:
    try:
        return label_column(table, list(table.columns)) is not None
    except DataDoctorError:
        return True
