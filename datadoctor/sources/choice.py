"""Chooses the reader of a source, and heeds the exclusion list."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from datadoctor.config import Config
from datadoctor.sources import Listing, kinds


def list_source(root: Path, config: Config) -> Listing:
    """List the images of a folder of class folders, or those of ``config.manifest`` below it, without ``config.exclude``."""
    listing = _listed(root, config)
    if config.exclude is None:
        return listing
    from datadoctor.findings import exclusions
    from datadoctor.sources.exclusion import without

    return without(listing, exclusions.read(config.exclude))


def _listed(root: Path, config: Config) -> Listing:
    for kind in kinds():
        listing = kind.lists(root, config)
        if listing is not None:
            return listing
    if config.manifest:
        from datadoctor.sources.manifest import list_manifest

        return list_manifest(root, *config.manifest, **_columns(config), merge_spellings=config.merge_spellings)
    from datadoctor.sources.folder import list_folder, walked

    found = walked(root)
    if found.tables and config.class_level is None:
        from datadoctor.sources.metadata import list_metadata

        listing = list_metadata(root, found, **_columns(config), merge_spellings=config.merge_spellings)
        if listing is not None:
            return listing
    return list_folder(
        root,
        class_level=config.class_level,
        group_level=config.group_level,
        merge_spellings=config.merge_spellings,
        found=found,
    )


def _columns(config: Config) -> dict[str, Any]:
    return {name: getattr(config, name) for name in ("path_column", "label_column", "split_column", "group_column")}
