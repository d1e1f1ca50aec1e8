"""Which checks judge a change, what they find in it, and what is not judged and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from datadoctor import checks
from datadoctor.errors import NotApplicableError
from datadoctor.findings import Finding
from datadoctor.flow.changed import Changed
from datadoctor.flow.changed_sets import of_strange_classes
from datadoctor.flow.held import Held
from datadoctor.gate.state import IN_PART, LEFT_OUT, Incomplete
from datadoctor.stages.dataset import readable_part

OF_IMAGES = ("group-leak", "image-quality", "source-problem", "unreadable-image")
OF_SETS = ("extra-label", "missing-label")
OF_VECTORS = {"mislabel": "label_quality", "outlier": "isolation", **dict.fromkeys(OF_SETS, "label_set_quality")}
HASHES_ONLY = "by hashes alone it cannot judge"
COPIES_ONLY = "by hashes alone it sees exact copies, no changed ones"
OF_VOTES = ("disputed-label", "unreliable-annotator")
VOTES_TOGETHER = "judges all votes together, not those of a change"
OF_CLASSES = "judges whole classes, never one image: nothing it finds can be new"


def of_images(held: Held) -> Iterator[Finding]:
    """What the checks of single images say of all that are listed."""
    dataset = readable_part(held.listing, held.images)
    for name in OF_IMAGES:
        yield from _run(name, {"listing": held.listing, "images": held.images, "dataset": dataset})


def of_changed(changed: Changed) -> Iterator[Finding]:
    """What the checks of pairs and of labels say of the changed images."""
    for name in checks.names() if len(changed.rows) else ():
        if _of_pairs(name) or OF_VECTORS.get(name) in changed.values:
            yield from _run(name, changed.values)


def _of_pairs(name: str) -> bool:
    return "duplicates" in checks.load(name).needs


def _run(name: str, values: Mapping[str, Any]) -> list[Finding]:
    """What a check finds in these values of stages; nothing where it does not apply."""
    check = checks.load(name)
    try:
        return list(check.find(**{need: values[need] for need in check.needs}))
    except NotApplicableError:
        return []


def not_judged(changed: Changed) -> Iterator[Incomplete]:
    """Checks that say nothing of a change, or not all they could, and why."""
    fits = changed.held.fits
    several = changed.held.listing.several is not None
    judge = fits["label_set_judge" if several else "label_judge"] if fits else None
    if fits and not fits["spacing"]:
        yield Incomplete("outlier", "skipped", "the base has too few images to say what is unusual")
    of_labels = OF_SETS if several else ("mislabel",)
    # Images with one label have none of several, and the other way round.
    for name in (one for one in checks.names() if one in of_labels or one not in ("mislabel", *OF_SETS)):
        if name in of_labels and fits and not judge:
            yield Incomplete(name, "skipped", "the base has no judgement of labels")
        elif why := _left_out(name, by_hashes=fits is None):
            yield Incomplete(name, IN_PART if why == COPIES_ONLY else LEFT_OUT, why)
    if judge and (strange := _of_strange_classes(changed, judge)):
        what = "has a class" if strange == 1 else "have classes"
        why = f"{strange:,} changed {what} with too few images in the base, or none, to judge by"
        yield from (Incomplete(name, IN_PART, why) for name in of_labels)


def _left_out(name: str, *, by_hashes: bool) -> str:
    if name in OF_IMAGES:
        return ""
    if name in OF_VOTES:
        return VOTES_TOGETHER
    if name in OF_VECTORS or name == "near-duplicate":
        return HASHES_ONLY if by_hashes else ""
    if _of_pairs(name):
        return COPIES_ONLY if by_hashes else ""
    return OF_CLASSES


def _of_strange_classes(changed: Changed, judge: Any) -> int:
    """How many changed images have a label that the base cannot judge."""
    if changed.held.listing.several is not None:
        return of_strange_classes(changed.held.listing, changed.rows, judge)
    named = np.array([bool(changed.held.listing.label_name(row)) for row in changed.rows.tolist()], dtype=np.bool_)
    labels = changed.labels(judge)
    return int((named & ~((labels >= 0) & judge.may_judge[labels])).sum())
