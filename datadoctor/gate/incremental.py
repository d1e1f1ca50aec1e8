"""A dataset as the gate sees it, without an audit: what changed since the base goes through the same stages, with the base's fits.

Only images of unknown content are opened. Checks that look at one image, one label or one pair judge what changed. Checks that
look at classes or the whole dataset name no image, so nothing they find can be new.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from datadoctor.config import Config
from datadoctor.errors import DataDoctorError, IncompleteError
from datadoctor.findings import Finding
from datadoctor.findings.baseline import Baseline
from datadoctor.flow import Flow
from datadoctor.flow.fits import Fits
from datadoctor.gate.changed import OF_IMAGES, Changed, run
from datadoctor.gate.delta import Delta, delta
from datadoctor.gate.state import Found, State, Subject, of_findings, of_images, places
from datadoctor.progress import Progress
from datadoctor.sources import Listing, file_on_disk
from datadoctor.stages.dataset import Images, readable_part
from datadoctor.stages.embeddings.choice import Choice

SMALL_SIDE = 16


@dataclass(frozen=True)
class Held:
    """What a listing holds now: ``images``, n of them; ``flow``: the stages of those whose content the base does not have.

    ``base_rows`` (n,) int64: the row in the base's images, -1 where the content is new; ``new_rows`` (n,) int64: the row in the flow's
    dataset, -1 for known or unreadable images.
    """

    images: Images
    flow: Flow
    base_rows: NDArray[np.int64]
    new_rows: NDArray[np.int64]


def state(
    listing: Listing, known: Baseline, fits: Fits | None, config: Config, progress: Progress, against: str = ""
) -> State:
    """The dataset now; without ``fits``, by hashes alone: no network, no near-duplicates, no judgement of labels."""
    with _held(listing, fits, config, progress, against) as held:
        items = of_images(listing, held.images)
        changes = delta(known.items, items)
        changed = Changed(listing, held.images, held.flow, held.base_rows, held.new_rows, fits, changes.touched)
        found = [*_of_images(listing, held.images), *changed.findings()]
        listed = frozenset(listing.paths)
        fresh = [one for one in found if any(i.path in changes.touched or i.path not in listed for i in one.items)]
        where = places(listing.paths, listing.locations or ("",) * len(listing), listing.root, config.manifest)
        return State(
            items=items,
            found=(*_still_there(known, changes), *of_findings(fresh, where)),
            incomplete=tuple(changed.not_judged()),
            calibration=known.calibration,
            leakage=changed.leakage(),
        )


@contextmanager
def _held(listing: Listing, fits: Fits | None, config: Config, progress: Progress, against: str) -> Iterator[Held]:
    """Hash every file, and read those whose bytes the base does not have, as the base was read."""
    base = fits["reference"].images if fits else None
    base_rows = _rows_in(base, listing)
    new = np.flatnonzero(base_rows < 0)
    with tempfile.TemporaryDirectory() as folder:
        # Nothing that was kept of earlier files is believed here, and the base's cache does not grow by what may be refused.
        apart = replace(config, out=Path(folder), cache=Path(folder) / "cache")
        flow = Flow(listing.root, apart, progress, {"listing": listing.take(new), **_given(fits)})
        _check_network(flow, fits, against)
        new_rows = np.full(len(listing), -1, dtype=np.int64)
        new_rows[new[flow["images"].readable]] = np.arange(len(flow["dataset"]))
        images = flow["images"] if base is None else _in_order(base, flow["images"], base_rows)
        yield Held(images, flow, base_rows, new_rows)


def _given(fits: Fits | None) -> Fits:
    """What the stages need not make: all that was fitted on the base, or, by hashes alone, no network."""
    if fits is None:
        return {"small_side": SMALL_SIDE, "choice": Choice(None)}
    # Where the base was seen without a network, changes are, even if there is one by now.
    return fits if fits["network"] else {**fits, "choice": Choice(None)}


def _check_network(flow: Flow, fits: Fits | None, against: str) -> None:
    if fits is None or not fits["network"]:
        return
    choice = flow["choice"]
    if choice.extractor is None:
        raise IncompleteError(choice.notice)
    if choice.extractor.key != fits["network"]:
        raise DataDoctorError(
            f"{against}: made with other weights, another torchvision or another kind of processor; refresh the baseline here"
        )


def _rows_in(base: Images | None, listing: Listing) -> NDArray[np.int64]:
    """(n,) the row of each listed image in the base, by the bytes of its file, -1 where they are new."""
    known = {digest: row for row, digest in enumerate(base.digests)} if base else {}
    files = [file_on_disk(listing.root, path, listing.names_on_disk) for path in listing.paths]
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        return np.array([known.get(digest, -1) for digest in pool.map(_file_digest, files)], dtype=np.int64)


def _file_digest(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except (OSError, ValueError):
        return ""  # opened below, and reported with its cause


def _in_order(base: Images, new: Images, base_rows: NDArray[np.int64]) -> Images:
    """The facts in the order of the listing."""
    order = base_rows.copy()
    order[base_rows < 0] = len(base) + np.arange(len(new))
    return base.followed_by(new).take(order)


def _of_images(listing: Listing, images: Images) -> list[Finding]:
    available = {"listing": listing, "images": images, "dataset": readable_part(listing, images)}
    return [one for name in OF_IMAGES for one in run(name, available)]


def _still_there(known: Baseline, changes: Delta) -> Iterable[Found]:
    """The baseline's findings on images that did not change: never judged again."""
    before = (*changes.removed, *(old for old, _ in (*changes.relabelled, *changes.changed, *changes.moved)))
    gone = Counter(item.digest for item in before)
    for one in known.findings:
        lost = max((gone[digest] for digest in one.items), default=0)
        subjects = tuple(Subject("", digest) for digest in one.items)
        for _ in range(one.count - lost):
            yield Found(one.key, one.check, 0.0, "", "", subjects, ())
