"""Lists what a walk found: by the manifests that are given, else by the folders."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from datadoctor.config import COLUMNS, Config
from datadoctor.sources.folder import list_folder

if TYPE_CHECKING:
    from datadoctor.sources import Listing
    from datadoctor.sources.walk import Walk


def list_walked(root: Path, config: Config, found: Walk | None) -> Listing:
    """The images of ``found`` below ``root``; None for what lies there."""
    if config.manifest:
        from datadoctor.sources.manifest import list_manifest

        return list_manifest(root, *config.manifest, **columns_of(config), found=found)
    return list_folder(
        root,
        class_level=config.class_level,
        group_level=config.group_level,
        merge_spellings=config.merge_spellings,
        found=found,
    )


def columns_of(config: Config) -> dict[str, Any]:
    """How the columns of a table are read, and what is one class."""
    return {name: getattr(config, name) for name in (*COLUMNS, "merge_spellings")}
