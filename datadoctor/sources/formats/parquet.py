"""Parquet with the images in it: a column of bytes, or of ``{bytes, path}`` as ``datasets`` and the Hugging Face hub write it."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from datadoctor.sources import Listing, counted
from datadoctor.sources.building import Said
from datadoctor.sources.formats import Format
from datadoctor.sources.packed.listing import listing_of_rows
from datadoctor.sources.packed.rows import image_column
from datadoctor.sources.packed.tables import part_of, why_it_fits
from datadoctor.sources.places import Place
from datadoctor.sources.split_names import split_kinds

if TYPE_CHECKING:
    from datadoctor.config import Config


def fits(place: Place) -> str:
    """Why a place looks like Parquet with images."""
    return why_it_fits(place, ".parquet")


def lists(place: Place, config: Config) -> Listing:
    """The rows of all tables with images."""
    columns = {path: image_column(place.root / path) for path in place.named(".parquet")}
    files = [path for path, column in columns.items() if column] or list(columns)
    splits = splits_of_tables(files)
    parts = [part_of(place.root, file, columns[file], splits[file]) for file in files]
    return listing_of_rows(place.root, parts, Said([f"in {counted(len(files), 'table')}"]), config)


def splits_of_tables(files: list[str]) -> dict[str, str]:
    """The split of each table: 'data/train-00000-of-00002.parquet', 'train/0000.parquet'."""
    stems = [posixpath.basename(file).partition(".")[0] for file in files]
    for names in (stems, [posixpath.basename(posixpath.dirname(file)) for file in files]):
        kinds = split_kinds(dict.fromkeys(names))
        if kinds and len(kinds) == len(set(names)):
            return {file: kinds[name] for file, name in zip(files, names, strict=True)}
    return dict.fromkeys(files, "")


PARQUET = Format(
    "parquet",
    "Parquet with images in it",
    "data/train-00000-of-00001.parquet: image {bytes, path}, label",
    fits,
    lists,
)
