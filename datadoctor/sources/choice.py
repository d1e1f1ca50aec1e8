"""Chooses the reader of a source, and heeds the exclusion list."""

from __future__ import annotations

from pathlib import Path

from datadoctor.config import Config
from datadoctor.sources import Listing


def list_source(root: Path, config: Config) -> Listing:
    """List the images of a folder of class folders, or those of ``config.manifest`` below it, without ``config.exclude``."""
    listing = _listed(root, config)
    if config.exclude is None:
        return listing
    from datadoctor.findings import exclusions
    from datadoctor.sources.exclusion import without

    return without(listing, exclusions.read(config.exclude))


def _listed(root: Path, config: Config) -> Listing:
    if not config.manifest:
        from datadoctor.sources.folder import list_folder

        return list_folder(
            root,
            class_level=config.class_level,
            group_level=config.group_level,
            merge_spellings=config.merge_spellings,
        )
    from datadoctor.sources.manifest import list_manifest

    return list_manifest(
        root,
        config.manifest[0],
        path_column=config.path_column or "path",
        label_column=config.label_column,
        split_column=config.split_column,
        group_column=config.group_column,
    )
