"""Judges what changed against the frozen base: only images of new content are opened, embedded and scored.

Checks that look at one image, one label or one pair judge what changed. Checks that look at classes or the whole dataset
name no image, so nothing they find can be new.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from datadoctor.findings import Finding
from datadoctor.findings.baseline import DIGITS, Baseline, KnownItem
from datadoctor.gate import contents
from datadoctor.gate.changed import OF_IMAGES, Changed, run
from datadoctor.gate.delta import Delta, delta
from datadoctor.gate.state import Found, State, Subject, identity, of_findings, places
from datadoctor.sources import Listing
from datadoctor.stages.dataset import Images, readable_part
from datadoctor.stages.reading.causes import refuse_pointers

if TYPE_CHECKING:
    from datadoctor.gate.frozen import Frozen
    from datadoctor.progress import Progress
    from datadoctor.stages.embeddings.extractor import Extractor

SMALL_SIDE = 16


def state(
    listing: Listing,
    known: Baseline,
    frozen: Frozen | None,
    extractor: Extractor | None,
    progress: Progress,
    manifest: Path | None = None,
) -> State:
    """The dataset now; without ``frozen``, by hashes alone: no network, no near-duplicates, no judgement of labels."""
    held = contents.read(
        listing, frozen.images if frozen else None, extractor, frozen.small_side if frozen else SMALL_SIDE, progress
    )
    refuse_pointers(held.images.errors, str(listing.root))
    items = known_items(listing, held.images)
    changes = delta(known.items, items)
    changed = Changed(listing, held, frozen, changes.touched)
    found = [*_of_images(listing, held.images), *changed.findings()]
    listed = frozenset(listing.paths)
    fresh = [one for one in found if any(i.path in changes.touched or i.path not in listed for i in one.items)]
    where = places(listing.paths, listing.locations or ("",) * len(listing), listing.root, manifest)
    return State(
        items=items,
        found=(*_still_there(known, changes), *of_findings(fresh, where)),
        incomplete=tuple(changed.not_judged()),
        calibration=known.calibration,
        leakage=changed.leakage(),
    )


def _of_images(listing: Listing, images: Images) -> list[Finding]:
    available = {"listing": listing, "images": images, "dataset": readable_part(listing, images)}
    return [one for name in OF_IMAGES for one in run(name, available)]


def known_items(listing: Listing, images: Images) -> tuple[KnownItem, ...]:
    """What a baseline would hold of the listed images."""
    columns = (listing.paths, images.pixel_digests, images.digests, images.file_sizes.tolist())
    return tuple(
        KnownItem(path, identity(path, pixels, file, size)[:DIGITS], listing.label_name(row), listing.splits[row])
        for row, (path, pixels, file, size) in enumerate(zip(*columns, strict=True))
    )


def _still_there(known: Baseline, changes: Delta) -> Iterable[Found]:
    """The baseline's findings on images that did not change: never judged again."""
    before = (*changes.removed, *(old for old, _ in (*changes.relabelled, *changes.changed, *changes.moved)))
    gone = Counter(item.digest for item in before)
    for one in known.findings:
        lost = max((gone[digest] for digest in one.items), default=0)
        subjects = tuple(Subject("", digest) for digest in one.items)
        for _ in range(one.count - lost):
            yield Found(one.key, one.check, 0.0, "", "", subjects, ())
