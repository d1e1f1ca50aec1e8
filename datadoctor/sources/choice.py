"""Chooses the reader of a source, and heeds the exclusion list."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from datadoctor.config import Config
from datadoctor.sources import Listing, kinds
from datadoctor.sources.addresses import url_of
from datadoctor.sources.formats import Format, fitting, place_of
from datadoctor.sources.formats.archive import ARCHIVE
from datadoctor.sources.formats.video import VIDEO
from datadoctor.sources.packed.place import Packed
from datadoctor.sources.places import Place
from datadoctor.sources.walked import columns_of, list_walked

# Asked for by name, these are read as they were before there were other formats.
BEFORE = ("folder", "imagefolder")


def list_source(root: Path, config: Config) -> Listing:
    """List the images of a folder of class folders, or those of ``config.manifest`` below it, without ``config.exclude``."""
    listing = _listed(root, config)
    if config.exclude is None:
        return listing
    from datadoctor.findings import exclusions
    from datadoctor.sources.exclusion import without

    return without(listing, exclusions.read(config.exclude))


def _listed(source: Path, config: Config) -> Listing:
    for kind in kinds():
        listing = kind.lists(source, config)
        if listing is not None:
            return listing
    if url := url_of(source):
        from datadoctor.sources.hub import SCHEME, list_hub
        from datadoctor.sources.remote import fetched, list_remote

        if url.startswith(SCHEME):
            return list_hub(url, config)
        here = fetched(url, config.cache)
        if here is None:
            return list_remote(url, config)
        source = here
    place = place_of(source, config.source_format)
    chosen = _chosen(place, config)
    return replace(chosen.lists(place, config), format=chosen.name) if chosen else _images(place, config)


def _chosen(place: Place, config: Config) -> Format | None:
    """The format of a place, None for files that are images; a manifest names images in archives, videos, or such files."""
    if not config.manifest and config.source_format not in BEFORE:
        return fitting(place, config.source_format)
    if isinstance(place, Packed):
        return ARCHIVE
    return VIDEO if VIDEO.name == config.source_format or (not config.source_format and VIDEO.fits(place)) else None


def _images(place: Place, config: Config) -> Listing:
    """Folders and manifests of images."""
    root = place.file or place.root
    if config.manifest:
        return replace(
            list_walked(root, config, place.walk if place.root.is_dir() and place.whole else None), format="manifest"
        )
    from datadoctor.sources.folder import walked

    found = walked(root, place.walk)
    if found.tables and config.class_level is None:
        from datadoctor.sources.metadata import list_metadata

        listed = list_metadata(root, found, **columns_of(config))
        if listed is not None:
            return replace(listed, format="imagefolder")
    return replace(list_walked(root, config, found), format="folder")
