"""Fits: what an audit learnt from a dataset, kept so that later images are judged by it and never alter it.

They are the values of all stages that say ``@fit``, by name, kept in the cache under the hash of their content.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from datadoctor.cache.uses import reading
from datadoctor.files import regular
from datadoctor.flow.keeping import Keeper
from datadoctor.stages import every

if TYPE_CHECKING:
    from datadoctor.flow import Flow

# Of what is kept, in all: raised where an old value would read as a new one but mean something else.
VERSION = "7"

Fits: TypeAlias = Mapping[str, Any]


def of_flow(flow: Flow) -> Fits:
    """All fits, computed where they were not asked for before; None where a dataset does not give one.

    Raises ``NotAvailableError`` where there is nothing that later images could be compared with.
    """
    _ = flow["reference"]
    return {name: flow.get(name) for name, stage in every().items() if stage.fits}


def keep(fits: Fits, cache: Path) -> str:
    """Keep them in the cache; returns their hash."""
    making = cache / "frozen" / f"making-{os.getpid()}"
    Keeper(making.parent).put(making.name, VERSION, fits)
    digest = _digest(making)
    target = making.with_name(digest)
    if target.exists():
        shutil.rmtree(making)
    else:
        making.rename(target)
    return digest


def is_kept(digest: str, cache: Path) -> bool:
    """Whether the cache holds what was kept under this hash, as it was."""
    folder = cache / "frozen" / digest
    return bool(re.fullmatch("[0-9a-f]{64}", digest)) and folder.is_dir() and _digest(folder) == digest


def fetch(digest: str, cache: Path) -> Fits | None:
    """What was kept under this hash, None if that cannot be read, or another version kept it."""
    stages = {name: stage for name, stage in every().items() if stage.fits}
    kinds = tuple(stage.returns for stage in stages.values())
    with reading(cache):
        found: Fits | None = Keeper(cache / "frozen").fetch(digest, VERSION, *kinds)
        with contextlib.suppress(OSError):
            os.utime(cache / "frozen" / digest)  # used now: pruned last
    return found if found and found.keys() == stages.keys() else None


def _digest(folder: Path) -> str:
    """Sha256 hex over the files of a folder."""
    whole = hashlib.sha256()
    for file in sorted(folder.iterdir()):
        with regular(file).open("rb") as stream:
            whole.update(f"{file.name} {hashlib.file_digest(stream, 'sha256').hexdigest()}\n".encode())
    return whole.hexdigest()
