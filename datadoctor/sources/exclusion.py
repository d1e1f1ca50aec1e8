"""Leaves the images of an exclusion list out of a listing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from datadoctor.findings.exclusions import Exclusion
from datadoctor.sources import Listing, SourceProblem
from datadoctor.sources.originals import digest_if_readable

COLUMNS = ("paths", "splits", "groups", "locations")
CHANGED = "on the exclusion list, but its file is not the one that was excluded: it is audited; decide it again"


def without(listing: Listing, exclusions: Sequence[Exclusion]) -> Listing:
    """The listing without the excluded images, which are its ``left_out``; classes that have no other image go, too.

    An image whose file changed since stays, with a problem that says so. Entries for images that are not listed do nothing.
    """
    row_of = {path: row for row, path in enumerate(listing.paths)}
    there = {one: row_of[one.path] for one in exclusions if one.path in row_of}
    digests = {path: digest_if_readable(listing.file(row_of[path])) for path in {e.path for e in there}}
    gone = {row for one, row in there.items() if one.digest == digests[one.path]}
    changed = {one.path: SourceProblem(one.where, CHANGED, one.path) for one, row in there.items() if row not in gone}
    if not gone:
        return replace(listing, problems=(*listing.problems, *changed.values()))
    return replace(
        _kept(listing, [row for row in range(len(listing)) if row not in gone]),
        problems=(*listing.problems, *changed.values()),
        left_out=tuple(listing.paths[row] for row in sorted(gone)),
    )


def _kept(listing: Listing, rows: list[int]) -> Listing:
    taken: dict[str, Any] = {
        name: tuple(getattr(listing, name)[row] for row in rows) if getattr(listing, name) else () for name in COLUMNS
    }
    if listing.several is not None:
        return _kept_sets(listing, rows, taken)
    labels = listing.labels[rows]
    votes = listing.votes and listing.votes.take(np.array(rows, dtype=np.int64), len(listing))
    used = np.union1d(labels[labels >= 0], np.setdiff1d(np.arange(len(listing.classes)), listing.labels)).astype(int)
    used = np.union1d(used, votes.labels).astype(int) if votes else used
    number = np.full(len(listing.classes) + 1, -1, dtype=np.int32)  # the last stands for no label, -1
    number[used] = np.arange(len(used))
    classes = tuple(listing.classes[index] for index in used.tolist())
    superclasses = {name: above for name, above in listing.superclasses.items() if name in classes}
    if votes:
        taken["votes"] = replace(votes, labels=number[votes.labels])
    return replace(listing, labels=number[labels], classes=classes, superclasses=superclasses, **taken)


def _kept_sets(listing: Listing, rows: list[int], taken: dict[str, Any]) -> Listing:
    """Images with several labels: a class stays that an image left has, or that none had before."""
    assert listing.several is not None
    several = listing.several[rows]
    used = np.flatnonzero((several == 1).any(axis=0) | ~(listing.several == 1).any(axis=0))
    classes = tuple(listing.classes[index] for index in used.tolist())
    return replace(listing, labels=listing.labels[rows], classes=classes, several=several[:, used], **taken)
