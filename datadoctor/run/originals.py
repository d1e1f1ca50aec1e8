"""Where the bytes of the items of a run are, for what shows or copies them afterwards."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from datadoctor.config import Config, load
from datadoctor.run import Run
from datadoctor.sources.originals import ImageFile

if TYPE_CHECKING:
    from datadoctor.sources import Listing

# Formats whose items are files that have the paths of the items.
MEMORY = "memory"
OF_FILES = ("", "folder", "manifest", "imagefolder")


def settings_of(run: Run, **others: object) -> Config:
    """The settings that a run was made with, but for ``others``."""
    return load(
        None, {name: run.summary["settings"].get(name) for name in Config.__dataclass_fields__} | others, search=False
    )


def of_files(run: Run) -> bool:
    """Whether the items of a run are files below its source."""
    return run.summary.get("dataset", {}).get("format", "") in OF_FILES


def originals(run: Run) -> Callable[[str], ImageFile]:
    """Says of a path where its bytes are; the source is listed again where its items are no files, when first asked."""
    source = Path(run.summary["source"])
    if run.summary.get("dataset", {}).get("format", "") == MEMORY:
        return _gone
    if of_files(run):
        return source.joinpath

    @cache
    def listing() -> Listing:
        from datadoctor.sources.choice import list_source

        return list_source(source, settings_of(run))

    def original(path: str) -> ImageFile:
        return listing().originals.get(path, source / path)

    return original


def _gone(path: str) -> ImageFile:
    raise OSError(f"{path}: was audited in memory, and is no file that can be opened again")
