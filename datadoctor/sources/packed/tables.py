"""Tables with the images in their rows, of Parquet and of Arrow: whether a place holds any, and each as a part of a listing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from datadoctor.sources.packed.listing import Part
from datadoctor.sources.packed.rows import image_column, rows_of

if TYPE_CHECKING:
    from datadoctor.sources.places import Place


def why_it_fits(place: Place, extension: str) -> str:
    """Why a place looks like tables of this kind with images, '' where it does not: image files beside them are the dataset."""
    tables = [] if place.within else place.named(extension)
    if tables and place.file is None and place.walk.images:
        return ""
    found = next((path for path in tables if image_column(place.root / path)), "")
    return f"{found} holds images" if found else ""


def part_of(root: Path, file: str, column: str, split: str) -> Part:
    """The rows of a table; ``column``: of its images, ``split``: what its name says."""
    rows = rows_of(root / file, column)
    return Part(file, rows.table, rows.originals, [row.path for row in rows.originals], split, rows.names)
