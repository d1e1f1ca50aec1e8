"""The small inputs in ``shared/cases``, unpacked; what they are is told in their README."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest

ARCHIVE = Path(__file__).parents[1] / ".." / "shared" / "cases" / "cases.tar"


def unpacked(name: str, folder: Path) -> Path:
    """The case ``name``, unpacked below ``folder``; skips, saying so, where there is none."""
    if not ARCHIVE.is_file():
        pytest.skip(f"{ARCHIVE} is not there")
    with tarfile.open(ARCHIVE) as archive:
        members = [one for one in archive.getmembers() if name in Path(one.name).parts[:2]]
        archive.extractall(folder, members, filter="data")
    return next(path for path in (folder / name, folder / "cases" / name) if path.is_dir())
