"""The changed images of a dataset: seen as the base was, and judged by every check that looks at one image, label or pair."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from datadoctor import checks
from datadoctor.checks import outlier
from datadoctor.errors import NotApplicableError
from datadoctor.findings import Finding
from datadoctor.gate import pairs
from datadoctor.gate.contents import NETWORK, OWN_FILTERS, Contents
from datadoctor.gate.state import IN_PART, LEFT_OUT, Incomplete
from datadoctor.sources import Listing
from datadoctor.stages.dataset import Dataset, readable_part
from datadoctor.stages.index import Neighbours, exact

if TYPE_CHECKING:
    from datadoctor.checks.outlier import Spacing
    from datadoctor.gate.frozen import Frozen
    from datadoctor.gate.label_judge import LabelJudge
    from datadoctor.stages.duplicates import DuplicatePairs
    from datadoctor.stages.label_quality import LabelQuality

NEIGHBOURS = 30
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
    held: Contents
    frozen: Frozen | None
    touched: frozenset[str]

    @cached_property
    def rows(self) -> NDArray[np.int64]:
        """(t,) readable changed rows of the listing."""
        readable = self.held.images.readable
        rows = [row for row, path in enumerate(self.listing.paths) if path in self.touched and readable[row]]
        return np.array(rows, dtype=np.int64)

    def not_judged(self) -> Iterator[Incomplete]:
        """Checks that say nothing here, or not all they could, and why."""
        judge = self.frozen.judge if self.frozen else None
        if self.frozen and not self.frozen.spacing:
            yield Incomplete("outlier", "skipped", "the base has too few images to say what is unusual")
        for name in checks.names():
            if name == "mislabel" and self.frozen and not judge:
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
            if self.frozen:
                return ""
            return HASHES_ONLY if name == "near-duplicate" else COPIES_ONLY
        if name in OF_VECTORS:
            return "" if self.frozen else HASHES_ONLY
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
        if self.frozen and self.frozen.spacing:
            z = np.zeros(len(dataset))
            z[changed] = self._isolation(self.frozen.spacing)
            yield from outlier.findings(dataset, z)
        if self.frozen and self.frozen.judge:
            judge = self.frozen.judge
            available["label_quality"] = _spread(self._judged(judge), changed, len(dataset))
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
        copies = pairs.copies(self.held.images.pixel_digests, self.rows.tolist())
        near, cosines = self._nearest if self.frozen else (np.empty((len(self.rows), 0), np.int64), None)
        rows = np.unique(np.concatenate([self.rows, near[near >= 0], np.array(copies, np.int64).reshape(-1)]))
        place = {int(row): index for index, row in enumerate(rows)}
        dataset = readable_part(_taken(self.listing, rows), self.held.images.take(rows))
        changed = np.array([place[row] for row in self.rows.tolist()], dtype=np.int64)
        neighbours = _placed(near, cosines, changed, place) if cosines is not None else None
        exact_pairs = [(place[a], place[b]) for a, b in copies]
        return _Around(dataset, changed, neighbours, pairs.duplicates(dataset, exact_pairs, neighbours, changed))

    @cached_property
    def _views(self) -> dict[str, NDArray[np.float32]]:
        """Vectors of the changed rows by each view of the base; zeros for images the base knows, but in the first view."""
        assert self.frozen is not None
        made = dict(self.held.views)
        if not made or (self.frozen.judge and OWN_FILTERS in self.frozen.judge.probes):
            made[OWN_FILTERS] = self._through_filters()
        new = self.held.new_rows[self.rows]
        views = {}
        for name, vectors in made.items():
            views[name] = np.zeros((len(self.rows), vectors.shape[1]), dtype=np.float32)
            views[name][new >= 0] = vectors[new[new >= 0]]
        self._first(views)[new < 0] = self.frozen.vectors[self.held.base_rows[self.rows[new < 0]]]
        return views

    @staticmethod
    def _first(views: Mapping[str, NDArray[np.float32]]) -> NDArray[np.float32]:
        """The view that neighbours are found in."""
        return views[NETWORK] if NETWORK in views else views[OWN_FILTERS]

    def _through_filters(self) -> NDArray[np.float32]:
        from datadoctor.stages.embeddings.patches import embed_filters

        assert self.frozen is not None
        with tempfile.TemporaryDirectory() as folder:
            seen = embed_filters(self.frozen.filters, self.held.small, Path(folder) / "new.npy", device="cpu")
            return np.array(seen.vectors)

    @cached_property
    def _base_nearest(self) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Nearest base rows (t, k) that are still there untouched and no copies; -1 and -inf elsewhere."""
        assert self.frozen is not None
        digests = self.held.images.pixel_digests
        wanted = min(NEIGHBOURS + len(self.rows), len(self.frozen.vectors))
        rows, cosines = exact.search(self.frozen.vectors, self._first(self._views), wanted)
        own = np.array([digests[row] for row in self.rows.tolist()])
        copy = np.array(self.frozen.images.pixel_digests)[rows] == own[:, None]
        allowed = ~copy & (self._listed[rows] >= 0)
        order = np.argsort(~allowed, axis=1, kind="stable")[:, :NEIGHBOURS]
        kept = np.take_along_axis(allowed, order, axis=1)
        near = np.where(kept, np.take_along_axis(rows, order, axis=1), -1)
        return near, np.where(kept, np.take_along_axis(cosines, order, axis=1), -np.inf).astype(np.float32)

    @cached_property
    def _listed(self) -> NDArray[np.int64]:
        """(n_base,) the listing's row of each base image that did not change, -1 for the others."""
        assert self.frozen is not None
        listed = np.full(len(self.frozen.images), -1, dtype=np.int64)
        base_rows = self.held.base_rows
        for row in np.flatnonzero(base_rows >= 0).tolist():
            if self.listing.paths[row] not in self.touched:
                listed[base_rows[row]] = row
        return listed

    @property
    def _nearest(self) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Nearest rows of the listing (t, k), changed ones too."""
        base, base_cosines = self._base_nearest
        vectors = self._first(self._views)
        places, cosines = exact.search(vectors, vectors, min(NEIGHBOURS + 1, len(vectors)))
        cosines = np.where(places == np.arange(len(vectors))[:, None], -np.inf, cosines)
        rows = np.concatenate([np.where(base >= 0, self._listed[base], -1), self.rows[places]], axis=1)
        both = np.concatenate([base_cosines, cosines], axis=1)
        order = np.argsort(-both, axis=1, kind="stable")[:, :NEIGHBOURS]
        both = np.take_along_axis(both, order, axis=1)
        rows = np.where(np.isfinite(both), np.take_along_axis(rows, order, axis=1), -1)
        return rows, np.where(np.isfinite(both), both, np.nan).astype(np.float32)

    def _isolation(self, spacing: Spacing) -> NDArray[np.float64]:
        """(t,) how isolated the changed rows are from the base, as the base is used to; 0 where too little of it is left."""
        near, cosines = (found[:, : outlier.NEIGHBOUR] for found in self._base_nearest)
        enough = (near >= 0).all(axis=1) & (near.shape[1] > 0)
        z = np.zeros(len(near))
        z[enough] = spacing.isolation(cosines[enough], near[enough])
        return z

    def _judged(self, judge: LabelJudge) -> LabelQuality:
        """The judgement of the changed rows' labels: of known content by what the audit saw, of new content by the probes."""
        near, cosines = self._base_nearest
        base = self.held.base_rows[self.rows]
        opinions = judge.opinions(self._views, near, cosines)
        fused = judge.pooled(opinions)
        fused[base >= 0] = judge.fused[base[base >= 0]]
        for opinion in opinions.values():
            opinion[base >= 0] = fused[base >= 0]
        labels = self._labels(judge)
        same = (judge.labels[near] == labels[:, None]) & (near >= 0)
        return judge.judge(fused, labels, same.mean(axis=1).astype(np.float32), opinions)

    def _labels(self, judge: LabelJudge) -> NDArray[np.int32]:
        """(t,) given labels of the changed rows as the base numbers its classes, -1 for none or a new class."""
        number = {name: index for index, name in enumerate(judge.classes)}
        return np.array([number.get(self.listing.label_name(row), -1) for row in self.rows.tolist()], dtype=np.int32)


def _numbered(dataset: Dataset, classes: Sequence[str]) -> Dataset:
    """The same images, their classes numbered as in the base, new ones after those."""
    every = (*classes, *(name for name in dataset.classes if name not in classes))
    number = np.array([*map(every.index, dataset.classes), -1], dtype=np.int32)
    return replace(dataset, classes=every, labels=number[dataset.labels])


def _spread(quality: LabelQuality, places: NDArray[np.int64], n: int) -> LabelQuality:
    """The judgement of m labels as rows of a dataset with n, where the others are not judged."""

    def column(values: NDArray[Any]) -> NDArray[Any]:
        spread = np.zeros((n, *values.shape[1:]), dtype=values.dtype)
        spread[places] = values
        return spread

    values = {name: getattr(quality, name) for name in quality.__dataclass_fields__}
    columns: dict[str, Any] = {name: column(one) for name, one in values.items() if isinstance(one, np.ndarray)}
    kinds = dict(zip(places.tolist(), quality.kinds, strict=True))
    views = {name: column(one) for name, one in quality.views.items()}
    return replace(quality, **columns, views=views, kinds=tuple(kinds.get(row, "") for row in range(n)))


def _placed(
    near: NDArray[np.int64], cosines: NDArray[np.float32], changed: NDArray[np.int64], place: Mapping[int, int]
) -> Neighbours:
    """Neighbours of the changed rows in the numbering of the small dataset; none for the others."""
    rows = np.full((len(place), near.shape[1]), -1, dtype=np.int32)
    rows[changed] = [[place.get(row, -1) for row in others] for others in near.tolist()]
    values = np.full(rows.shape, np.nan, dtype=np.float32)
    values[changed] = cosines
    return Neighbours(rows, values, "exact, against the frozen base", 1.0)


def run(name: str, available: Mapping[str, Any]) -> list[Finding]:
    """What a check finds in these artifacts; nothing where it does not apply."""
    check = checks.load(name)
    try:
        return list(check.find(**{need: available[need] for need in check.needs}))
    except NotApplicableError:
        return []


def _taken(listing: Listing, rows: NDArray[np.int64]) -> Listing:
    index = rows.tolist()
    texts = ("paths", "splits", "groups", "locations")
    taken: dict[str, Any] = {
        name: tuple(getattr(listing, name)[row] for row in index) if getattr(listing, name) else () for name in texts
    }
    return replace(listing, labels=listing.labels[rows], problems=(), **taken)
