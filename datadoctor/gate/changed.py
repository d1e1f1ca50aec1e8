"""The changed images of a dataset: seen as the base was, and judged by every check that looks at one image, label or pair."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from datadoctor import checks
from datadoctor.errors import NotApplicableError
from datadoctor.findings import Finding
from datadoctor.flow import Flow
from datadoctor.flow.fits import Fits
from datadoctor.gate.state import IN_PART, LEFT_OUT, Incomplete
from datadoctor.sources import Listing
from datadoctor.stages.dataset import Dataset, Images, readable_part
from datadoctor.stages.duplicates import apply as duplicates
from datadoctor.stages.embeddings import OWN_FILTERS
from datadoctor.stages.index import Neighbours
from datadoctor.stages.index import apply as index
from datadoctor.stages.isolation import NEIGHBOUR, Spacing

if TYPE_CHECKING:
    from datadoctor.stages.duplicates import DuplicatePairs
    from datadoctor.stages.label_quality import LabelQuality
    from datadoctor.stages.label_quality.label_judge import LabelJudge

OF_IMAGES = ("group-leak", "image-quality", "source-problem", "unreadable-image")
OF_VECTORS = ("mislabel", "outlier")
HASHES_ONLY = "by hashes alone it cannot judge"
COPIES_ONLY = "by hashes alone it sees exact copies, no changed ones"
OF_CLASSES = "judges whole classes, never one image: nothing it finds can be new"


@dataclass(frozen=True)
class _Around:
    """A small dataset of the changed images, their neighbours and copies; ``changed`` (t,): rows of the changed ones in it."""

    dataset: Dataset
    changed: NDArray[np.int64]
    neighbours: Neighbours | None
    pairs: DuplicatePairs


@dataclass(frozen=True)
class Changed:
    """The changed images of a listing, and the base they are compared with."""

    listing: Listing
    images: Images
    flow: Flow
    base_rows: NDArray[np.int64]
    new_rows: NDArray[np.int64]
    fits: Fits | None
    touched: frozenset[str]

    @cached_property
    def rows(self) -> NDArray[np.int64]:
        """(t,) readable changed rows of the listing."""
        readable = self.images.readable
        rows = [row for row, path in enumerate(self.listing.paths) if path in self.touched and readable[row]]
        return np.array(rows, dtype=np.int64)

    def not_judged(self) -> Iterator[Incomplete]:
        """Checks that say nothing here, or not all they could, and why."""
        judge = self.fits["label_judge"] if self.fits else None
        if self.fits and not self.fits["spacing"]:
            yield Incomplete("outlier", "skipped", "the base has too few images to say what is unusual")
        for name in checks.names():
            if name == "mislabel" and self.fits and not judge:
                yield Incomplete(name, "skipped", "the base has no judgement of labels")
            elif why := self._left_out(name):
                yield Incomplete(name, IN_PART if why == COPIES_ONLY else LEFT_OUT, why)
        if judge and (strange := self._of_strange_classes(judge)):
            what = "has a class" if strange == 1 else "have classes"
            yield Incomplete(
                "mislabel",
                IN_PART,
                f"{strange:,} changed {what} with too few images in the base, or none, to judge by",
            )

    def _of_strange_classes(self, judge: LabelJudge) -> int:
        """How many changed images have a label that the base cannot judge."""
        named = np.array([bool(self.listing.label_name(row)) for row in self.rows.tolist()], dtype=np.bool_)
        labels = self._labels(judge)
        return int((named & ~((labels >= 0) & judge.may_judge[labels])).sum())

    def _left_out(self, name: str) -> str:
        if name in OF_IMAGES:
            return ""
        if "duplicates" in checks.load(name).needs:
            if self.fits:
                return ""
            return HASHES_ONLY if name == "near-duplicate" else COPIES_ONLY
        if name in OF_VECTORS:
            return "" if self.fits else HASHES_ONLY
        return OF_CLASSES

    def findings(self) -> Iterator[Finding]:
        """What the checks of pairs and of labels say about the changed images."""
        if not len(self.rows):
            return
        around = self._around
        dataset, changed = around.dataset, around.changed
        available: dict[str, Any] = {"dataset": dataset, "neighbours": around.neighbours, "hierarchy": None}
        available["duplicates"] = around.pairs
        for name in checks.names():
            if "duplicates" in checks.load(name).needs:
                yield from run(name, available)
        if self.fits and (spacing := self.fits["spacing"]):
            available["isolation"] = _spread(self._isolation(spacing), changed, len(dataset))
            yield from run("outlier", available)
        if self.fits and (judge := self.fits["label_judge"]):
            available["label_quality"] = _spread_quality(self._judged(judge), changed, len(dataset))
            yield from run("mislabel", available | {"dataset": _numbered(dataset, judge.classes)})

    def leakage(self) -> dict[str, Any] | None:
        """Pairs that a changed image is in, by split, as in ``summary.json``; None where there is one split or no change."""
        from datadoctor.run.summary import leakage

        if not len(self.rows):
            return None
        found = leakage(self._around.dataset, self._around.pairs)
        return found and found | {"of": " of changed images"}

    @cached_property
    def _around(self) -> _Around:
        copies = duplicates.copies(self.images.pixel_digests, self.rows.tolist())
        near = self._nearest if self.fits else None
        beside = near[0][near[0] >= 0] if near else np.empty(0, np.int64)
        rows = np.unique(np.concatenate([self.rows, beside, np.array(copies, np.int64).reshape(-1)]))
        place = {int(row): index for index, row in enumerate(rows)}
        dataset = readable_part(self.listing.take(rows), self.images.take(rows))
        changed = np.array([place[row] for row in self.rows.tolist()], dtype=np.int64)
        neighbours = index.placed(near, changed, place) if near else None
        exact = [(place[a], place[b]) for a, b in copies]
        return _Around(dataset, changed, neighbours, duplicates.of_changed(dataset, exact, neighbours, changed))

    @cached_property
    def _base(self) -> NDArray[np.int64]:
        """(t,) rows of the changed images in the base, -1 where their content is new."""
        return self.base_rows[self.rows]

    @cached_property
    def _vectors(self) -> NDArray[np.float32]:
        """(t, d) of the changed images: what the base has of those it knows, what the same eyes see of the others."""
        assert self.fits is not None
        reference, new = self.fits["reference"].vectors, self._base < 0
        vectors = np.array(reference[self._base])
        if new.any():
            vectors[new] = self.flow["embeddings"].vectors[self.new_rows[self.rows[new]]]
        return vectors

    @cached_property
    def _base_nearest(self) -> index.Near:
        """Nearest base rows (t, k) that are still there untouched and no copies; -1 and -inf elsewhere."""
        assert self.fits is not None
        reference = self.fits["reference"]
        own = np.array([self.images.pixel_digests[row] for row in self.rows.tolist()])
        digests = np.array(reference.images.pixel_digests)

        def allowed(rows: NDArray[np.int64]) -> NDArray[np.bool_]:
            return (digests[rows] != own[:, None]) & (self._listed[rows] >= 0)

        return index.nearest(reference.vectors, self._vectors, allowed, len(self.rows))

    @cached_property
    def _listed(self) -> NDArray[np.int64]:
        """(n_base,) the listing's row of each base image that did not change, -1 for the others."""
        assert self.fits is not None
        listed = np.full(len(self.fits["reference"].images), -1, dtype=np.int64)
        for row in np.flatnonzero(self.base_rows >= 0).tolist():
            if self.listing.paths[row] not in self.touched:
                listed[self.base_rows[row]] = row
        return listed

    @property
    def _nearest(self) -> index.Near:
        """Nearest rows of the listing (t, k), changed ones too."""
        base, cosines = self._base_nearest
        return index.among(self._vectors, self.rows, (np.where(base >= 0, self._listed[base], -1), cosines))

    def _isolation(self, spacing: Spacing) -> NDArray[np.float64]:
        """(t,) how isolated the changed rows are from the base, as the base is used to; 0 where too little of it is left."""
        near, cosines = (found[:, :NEIGHBOUR] for found in self._base_nearest)
        enough = (near >= 0).all(axis=1) & (near.shape[1] > 0)
        z = np.zeros(len(near))
        z[enough] = spacing.isolation(cosines[enough], near[enough])
        return z

    def _judged(self, judge: LabelJudge) -> LabelQuality:
        """The judgement of the changed rows' labels."""
        new = self.rows[self._base < 0]
        views = {name: seen[self.new_rows[new]] for name, seen in self._views(judge).items()} if len(new) else {}
        return judge.of_changed(self._base, self._labels(judge), views, *self._base_nearest)

    def _views(self, judge: LabelJudge) -> dict[str, NDArray[np.float32] | NDArray[np.float16]]:
        """What is seen of the new images by each view that the judge listens to; the others are not looked through."""
        if OWN_FILTERS not in judge.probes and self.flow["main_view"] != OWN_FILTERS:
            self.flow.made["own_filters"] = None
        return dict(self.flow["view_vectors"])

    def _labels(self, judge: LabelJudge) -> NDArray[np.int32]:
        """(t,) given labels of the changed rows as the base numbers its classes, -1 for none or a new class."""
        number = {name: index for index, name in enumerate(judge.classes)}
        return np.array([number.get(self.listing.label_name(row), -1) for row in self.rows.tolist()], dtype=np.int32)


def _numbered(dataset: Dataset, classes: Sequence[str]) -> Dataset:
    """The same images, their classes numbered as in the base, new ones after those."""
    every = (*classes, *(name for name in dataset.classes if name not in classes))
    number = np.array([*map(every.index, dataset.classes), -1], dtype=np.int32)
    return replace(dataset, classes=every, labels=number[dataset.labels])


def _spread(values: NDArray[Any], places: NDArray[np.int64], n: int) -> NDArray[Any]:
    """Values of some rows of a dataset with n, zeros for the others."""
    spread = np.zeros((n, *values.shape[1:]), dtype=values.dtype)
    spread[places] = values
    return spread


def _spread_quality(quality: LabelQuality, places: NDArray[np.int64], n: int) -> LabelQuality:
    """The judgement of m labels as rows of a dataset with n, where the others are not judged."""
    values = {name: getattr(quality, name) for name in quality.__dataclass_fields__}
    columns: dict[str, Any] = {
        name: _spread(one, places, n) for name, one in values.items() if isinstance(one, np.ndarray)
    }
    kinds = dict(zip(places.tolist(), quality.kinds, strict=True))
    views = {name: _spread(one, places, n) for name, one in quality.views.items()}
    return replace(quality, **columns, views=views, kinds=tuple(kinds.get(row, "") for row in range(n)))


def run(name: str, available: Mapping[str, Any]) -> list[Finding]:
    """What a check finds in these values of stages; nothing where it does not apply."""
    check = checks.load(name)
    try:
        return list(check.find(**{need: available[need] for need in check.needs}))
    except NotApplicableError:
        return []
