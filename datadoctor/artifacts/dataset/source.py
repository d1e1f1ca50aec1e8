"""Chooses the reader of a source."""

from __future__ import annotations

from pathlib import Path

from datadoctor.artifacts.dataset import Listing
from datadoctor.config import Config


def list_source(root: Path, config: Config) -> Listing:
    """List the images of a folder of class folders, or those of ``config.manifest`` below the folder."""
    if config.manifest is None:
        from datadoctor.artifacts.dataset.folder import list_folder

        return list_folder(root)
    from datadoctor.artifacts.dataset.manifest import list_manifest

    return list_manifest(
        root,
        config.manifest,
        path_column=config.path_column,
        label_column=config.label_column,
        split_column=config.split_column,
        group_column=config.group_column,
    )
