"""Images that cannot be opened: missing, empty, truncated, damaged, not an image, too large, or not allowed to be read.

Each is left out of everything else, and a training run would stop at it or silently skip it. The message gives the cause.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import numpy as np

from datadoctor.checks import check
from datadoctor.findings import Finding, ItemRef, Severity
from datadoctor.sources import Listing
from datadoctor.stages.dataset import Images


@check("Unreadable images")
def find(listing: Listing, images: Images) -> Iterator[Finding]:
    """Yield the listed images that could not be opened, by path."""
    for row in np.flatnonzero(~images.readable).tolist():
        label = listing.label_name(row)
        yield Finding(
            check="unreadable-image",
            severity=Severity.ERROR,
            score=1.0,
            message=f"Cannot be read: {images.errors[row]}.",
            items=(ItemRef(listing.paths[row], _identity(listing, images, row), label, listing.splits[row]),),
            labels=(label,) if label else (),
            suggestion="Replace the file with a whole one, or remove it.",
            evidence={
                "cause": images.errors[row],
                "file_size": int(images.file_sizes[row]),
                "location": listing.locations[row] if listing.locations else "",
            },
        )


def _identity(listing: Listing, images: Images, row: int) -> str:
    # All missing and all empty files look the same: only their paths tell them apart.
    if images.file_sizes[row] and images.digests[row]:
        return images.digests[row]
    return hashlib.sha256(b"path\0" + listing.paths[row].encode()).hexdigest()
