"""Images that cannot be opened: missing, empty, truncated, damaged, not an image, too large, or not allowed to be read.

Each is left out of everything else, and a training run would stop at it or silently skip it. The message gives the cause. Images
that one command lets be read (Git LFS pointers, a format that a package reads) are one finding.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import numpy as np

from datadoctor.checks import check
from datadoctor.findings import Finding, ItemRef, Severity
from datadoctor.sources import Listing
from datadoctor.stages.dataset import Images
from datadoctor.stages.reading.causes import one_remedy


@check("Unreadable images")
def find(listing: Listing, images: Images) -> Iterator[Finding]:
    """Yield the listed images that could not be opened, by path."""
    together: dict[str, list[int]] = {}
    for row in np.flatnonzero(~images.readable).tolist():
        if one_remedy(images.errors[row]):
            together.setdefault(images.errors[row], []).append(row)
        else:
            yield _finding(listing, images, row)
    for cause, rows in together.items():
        yield _of_several(listing, images, rows, cause)


def _finding(listing: Listing, images: Images, row: int) -> Finding:
    label = listing.label_name(row)
    return Finding(
        check="unreadable-image",
        severity=Severity.ERROR,
        score=1.0,
        message=f"Cannot be read: {images.errors[row]}.",
        items=(_item(listing, images, row),),
        labels=(label,) if label else (),
        suggestion="Replace the file with a whole one, or remove it.",
        evidence={
            "cause": images.errors[row],
            "file_size": int(images.file_sizes[row]),
            "location": listing.locations[row] if listing.locations else "",
        },
    )


def _of_several(listing: Listing, images: Images, rows: list[int], cause: str) -> Finding:
    what = f"{len(rows):,} images cannot be read, each" if len(rows) > 1 else "Cannot be read:"
    return Finding(
        check="unreadable-image",
        severity=Severity.ERROR,
        score=1.0,
        message=f"{what} {cause}.",
        items=tuple(_item(listing, images, row) for row in rows),
        suggestion="Run that command, then this again.",
        evidence={"cause": cause, "count": len(rows)},
    )


def _item(listing: Listing, images: Images, row: int) -> ItemRef:
    return ItemRef(listing.paths[row], _identity(listing, images, row), listing.label_name(row), listing.splits[row])


def _identity(listing: Listing, images: Images, row: int) -> str:
    # All missing and all empty files look the same: only their paths tell them apart.
    if images.file_sizes[row] and images.digests[row]:
        return images.digests[row]
    return hashlib.sha256(b"path\0" + listing.paths[row].encode()).hexdigest()
