"""Chooses the reader of a source, and heeds the exclusion list."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from datadoctor.config import COLUMNS, Config
from datadoctor.sources import Listing, kinds
from datadoctor.sources.addresses import url_of
from datadoctor.sources.formats import fitting, place_of
from datadoctor.sources.packed.place import Packed
from datadoctor.sources.places import Place

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
    chosen = None if config.manifest or config.source_format in BEFORE else fitting(place, config.source_format)
    if chosen is None and isinstance(place, Packed):
        return _in_archives(place, config)
    return replace(chosen.lists(place, config), format=chosen.name) if chosen else _images(place, config)


def _in_archives(place: Packed, config: Config) -> Listing:
    """Images in archives, by a manifest or by folders."""
    from datadoctor.sources.formats.archive import ARCHIVE
    from datadoctor.sources.manifest import list_manifest

    if not config.manifest:
        return replace(ARCHIVE.lists(place, config), format=ARCHIVE.name)
    spelt = config.merge_spellings
    listing = list_manifest(place.root, *config.manifest, **_columns(config), merge_spellings=spelt, found=place.walk)
    return replace(listing, format=ARCHIVE.name, originals=place.originals(listing.paths))


def _images(place: Place, config: Config) -> Listing:
    """Folders and manifests of images."""
    root = place.file or place.root
    if config.manifest:
        from datadoctor.sources.manifest import list_manifest

        listing = list_manifest(root, *config.manifest, **_columns(config), merge_spellings=config.merge_spellings)
        return replace(listing, format="manifest")
    from datadoctor.sources.folder import list_folder, walked

    found = walked(root, place.walk)
    if found.tables and config.class_level is None:
        from datadoctor.sources.metadata import list_metadata

        listed = list_metadata(root, found, **_columns(config), merge_spellings=config.merge_spellings)
        if listed is not None:
            return replace(listed, format="imagefolder")
    listing = list_folder(
        root,
        class_level=config.class_level,
        group_level=config.group_level,
        merge_spellings=config.merge_spellings,
        found=found,
    )
    return replace(listing, format="folder")


def _columns(config: Config) -> dict[str, Any]:
    return {name: getattr(config, name) for name in COLUMNS}
