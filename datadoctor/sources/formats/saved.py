"""A folder that ``datasets`` saved (``save_to_disk``): Arrow files with the images in them, a folder a split."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from datadoctor.errors import DataDoctorError
from datadoctor.sources import Listing, counted
from datadoctor.sources.building import Said
from datadoctor.sources.formats import Format
from datadoctor.sources.packed.listing import listing_of_rows
from datadoctor.sources.packed.rows import image_column
from datadoctor.sources.packed.tables import part_of, why_it_fits
from datadoctor.sources.places import Place

if TYPE_CHECKING:
    from datadoctor.config import Config


def fits(place: Place) -> str:
    """Why a place looks like a saved dataset."""
    return why_it_fits(place, ".arrow")


def lists(place: Place, config: Config) -> Listing:
    """The rows of all Arrow files with images."""
    files = {path: column for path in place.named(".arrow") if (column := image_column(place.root / path))}
    if not files:
        raise DataDoctorError(f"{place}: no Arrow file with images; save_to_disk writes them")
    parts = [
        part_of(place.root, file, column, posixpath.basename(posixpath.dirname(file))) for file, column in files.items()
    ]
    return listing_of_rows(place.root, parts, Said([f"saved by `datasets` in {counted(len(files), 'table')}"]), config)


SAVED = Format(
    "saved",
    "a folder saved by Hugging Face `datasets`",
    "dataset_dict.json, train/data-00000-of-00001.arrow: image {bytes, path}, label",
    fits,
    lists,
)
