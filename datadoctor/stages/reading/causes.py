"""Causes why images cannot be read that one command mends for all of them."""

from __future__ import annotations

from collections.abc import Iterable

from datadoctor.errors import DataDoctorError

LFS_POINTER = "a Git LFS pointer, not the image itself: run `git lfs pull`"
_LFS = b"version https://git-lfs.github.com/spec/"


def is_lfs_pointer(content: bytes) -> bool:
    """Whether these bytes stand for an image that Git LFS has not fetched."""
    return content.startswith(_LFS)


def needs(package: str, format_: str) -> str:
    """The cause of a format that another package reads."""
    return f"a file of {format_}, whatever its name says: `pip install {package}` lets it be read"


def one_remedy(cause: str) -> bool:
    """Whether one command lets all images with this cause be read: then they are one finding."""
    return cause == LFS_POINTER or "`pip install" in cause


def refuse_pointers(causes: Iterable[str], where: str) -> None:
    """Raise ``DataDoctorError`` where images are Git LFS pointers: without them nothing is new, and all looks fixed."""
    pointers = sum(cause == LFS_POINTER for cause in causes)
    if pointers:
        raise DataDoctorError(
            f"{where}: {pointers:,} images are Git LFS pointers, not images, so that what changed cannot be judged: run "
            "`git lfs pull` first"
        )
