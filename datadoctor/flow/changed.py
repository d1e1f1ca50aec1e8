"""The changed images of a dataset that was fitted before: the values of the stages for them, by the fits of then.

They stand in a small dataset with what they are compared with, so that any check of images, labels or pairs can judge it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from datadoctor.flow import changed_sets
from datadoctor.flow.held import Held
from datadoctor.stages.dataset import Dataset, readable_part
from datadoctor.stages.duplicates import apply as duplicates
from datadoctor.stages.embeddings import OWN_FILTERS
from datadoctor.stages.index import apply as index
from datadoctor.stages.isolation import NEIGHBOUR, Spacing

if TYPE_CHECKING:
    from datadoctor.stages.label_quality import LabelQuality
    from datadoctor.stages.label_quality.label_judge import LabelJudge
    from datadoctor.stages.label_sets import LabelSetQuality
    from datadoctor.stages.label_sets.set_judge import LabelSetJudge


@dataclass(frozen=True)
class Changed:
    """The changed images of a listing, ``touched`` by path."""

    held: Held
    touched: frozenset[str]

    @cached_property
    def rows(self) -> NDArray[np.int64]:
        """(t,) readable changed rows of the listing."""
        readable = self.held.images.readable
        rows = [row for row, path in enumerate(self.held.listing.paths) if path in self.touched and readable[row]]
        return np.array(rows, dtype=np.int64)

    @cached_property
    def values(self) -> Mapping[str, Any]:
        """By stage, as far as the fits go: of the changed images, their neighbours and copies, t' <= n of them.

        What is not about pairs says something of the changed ones only, and zero, nothing or -1 of the others.
        """
        fits = self.held.fits or {}
        copies = duplicates.copies(self.held.images.pixel_digests, self.rows.tolist())
        near = self._nearest if fits else None
        beside = near[0][near[0] >= 0] if near else np.empty(0, np.int64)
        rows = np.unique(np.concatenate([self.rows, beside, np.array(copies, np.int64).reshape(-1)]))
        place = {int(row): number for number, row in enumerate(rows)}
        dataset = readable_part(self.held.listing.take(rows), self.held.images.take(rows))
        changed = np.array([place[row] for row in self.rows.tolist()], dtype=np.int64)
        neighbours = index.placed(near, changed, place) if near else None
        pairs = duplicates.of_changed(dataset, [(place[a], place[b]) for a, b in copies], neighbours, changed)
        values: dict[str, Any] = {"dataset": dataset, "neighbours": neighbours, "duplicates": pairs, "hierarchy": None}
        if spacing := fits.get("spacing"):
            values["isolation"] = _spread(self._isolation(spacing), changed, len(rows))
        several = self.held.listing.several
        if several is not None and (set_judge := fits.get("label_set_judge")):
            values["dataset"] = changed_sets.with_classes(dataset, set_judge.classes)
            values["label_sets"] = values["dataset"].several
            judged = self._judged_sets(set_judge, several)
            values["label_set_quality"] = changed_sets.spread(judged, changed, values["label_sets"].shape)
        if several is None and (judge := fits.get("label_judge")):
            values["dataset"] = _numbered(dataset, judge.classes)
            values["label_quality"] = _spread_quality(self._judged(judge), changed, len(rows))
        return values

    def labels(self, judge: LabelJudge) -> NDArray[np.int32]:
        """(t,) given labels of the changed rows as the base numbers its classes, -1 for none or a new class."""
        number = {name: label for label, name in enumerate(judge.classes)}
        names = map(self.held.listing.label_name, self.rows.tolist())
        return np.array([number.get(name, -1) for name in names], dtype=np.int32)

    @cached_property
    def _base(self) -> NDArray[np.int64]:
        """(t,) rows of the changed images in the base, -1 where their content is new."""
        return self.held.base_rows[self.rows]

    @cached_property
    def _reference(self) -> Any:
        assert self.held.fits is not None
        return self.held.fits["reference"]

    @cached_property
    def _vectors(self) -> NDArray[np.float32]:
        """(t, d) of the changed images: what the base has of those it knows, what the same eyes see of the others."""
        new = self._base < 0
        vectors = np.array(self._reference.vectors[self._base])
        if new.any():
            vectors[new] = self.held.flow["embeddings"].vectors[self.held.new_rows[self.rows[new]]]
        return vectors

    @cached_property
    def _base_nearest(self) -> index.Near:
        """Nearest base rows (t, k) that are still there untouched and no copies; -1 and -inf elsewhere."""
        own = np.array([self.held.images.pixel_digests[row] for row in self.rows.tolist()])
        digests = np.array(self._reference.images.pixel_digests)

        def allowed(rows: NDArray[np.int64]) -> NDArray[np.bool_]:
            return np.asarray((digests[rows] != own[:, None]) & (self._listed[rows] >= 0))

        return index.nearest(self._reference.vectors, self._vectors, allowed, len(self.rows))

    @cached_property
    def _listed(self) -> NDArray[np.int64]:
        """(n_base,) the listing's row of each base image that did not change, -1 for the others."""
        listed = np.full(len(self._reference.images), -1, dtype=np.int64)
        for row in np.flatnonzero(self.held.base_rows >= 0).tolist():
            if self.held.listing.paths[row] not in self.touched:
                listed[self.held.base_rows[row]] = row
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
        new = self.held.new_rows[self.rows[self._base < 0]]
        views = {name: seen[new] for name, seen in self._views(judge).items()} if len(new) else {}
        return judge.of_changed(self._base, self.labels(judge), views, *self._base_nearest)

    def _judged_sets(self, judge: LabelSetJudge, several: NDArray[np.int8]) -> LabelSetQuality:
        """The judgement of the changed rows' labels, where they may have several."""
        new = self.held.new_rows[self.rows[self._base < 0]]
        views = {name: seen[new] for name, seen in self._views(judge).items()} if len(new) else {}
        labels = changed_sets.numbered(several[self.rows], self.held.listing.classes, judge.classes)
        return judge.of_changed(self._base, labels, views, *self._base_nearest)

    def _views(self, judge: LabelJudge | LabelSetJudge) -> Mapping[str, NDArray[np.float32] | NDArray[np.float16]]:
        """What is seen of the new images by each view that the judge listens to; the others are not looked through."""
        flow = self.held.flow
        if OWN_FILTERS not in judge.probes and flow["main_view"] != OWN_FILTERS:
            flow.made["own_filters"] = None
        views: Mapping[str, NDArray[np.float32] | NDArray[np.float16]] = flow["view_vectors"]
        return views


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
