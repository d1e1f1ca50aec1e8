"""A folder that ``datasets`` saved (``save_to_disk``): Arrow files with the images in them, a folder a split."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from datadoctor.errors import DataDoctorError
from datadoctor.sources import Listing, counted
from datadoctor.sources.building import Said
from datadoctor.sources.formats import Format, Place
from datadoctor.sources.packed.listing import Part, listing_of_rows
from datadoctor.sources.packed.rows import image_column, rows_of

if TYPE_CHECKING:
    from datadoctor.config import Config


def fits(place: Place) -> str:
    """Why a place looks like a saved dataset."""
    tables = place.named(".arrow")
    if tables and place.file is None and place.walk.images:
        return ""
    found = next((path for path in tables if image_column(place.root / path)), "")
    return f"{found} holds images" if found else ""


def lists(place: Place, config: Config) -> Listing:
    """The rows of all Arrow files with images."""
    files = {path: column for path in place.named(".arrow") if (column := image_column(place.root / path))}
    if not files:
        raise DataDoctorError(f"{place.file or place.root}: no Arrow file with images; save_to_disk writes them")
    parts = []
    for file, column in files.items():
        rows = rows_of(place.root / file, column)
        split = posixpath.basename(posixpath.dirname(file))
        parts.append(Part(file, rows.table, rows.originals, [row.path for row in rows.originals], split, rows.names))
    return listing_of_rows(place.root, parts, Said([f"saved by `datasets` in {counted(len(files), 'table')}"]), config)


SAVED = Format(
    "saved",
    "a folder saved by Hugging Face `datasets`",
    "dataset_dict.json, train/data-00000-of-00001.arrow: image {bytes, path}, label",
    fits,
    lists,
)
