"""Datasets whose images have several labels, to correct: a decision changes the labels it names, and no other, written as they are.

A decision says what labels the reviewer saw and what they should be: the difference is what changes. It is applied to the labels as they
are now, so that two decisions on two labels of one image do not undo each other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from datadoctor.relabel.apply.decisions import Decision
from datadoctor.relabel.apply.manifests import Cell
from datadoctor.relabel.apply.targets import ManifestTarget
from datadoctor.sources.label_sets import Notation, labels_of, text_of


def change(one: Decision) -> tuple[frozenset[str], tuple[str, ...]]:
    """The labels that a decision takes away, and those that it adds."""
    before, after = labels_of(one.given_label), labels_of(one.new_label)
    return frozenset(before) - set(after), tuple(label for label in after if label not in before)


def still_stands(one: Decision, now: Sequence[str]) -> bool:
    """Whether the labels that a decision is about are as the reviewer saw them: all, or those that it changes."""
    if one.decision != "relabel":
        return set(now) == set(labels_of(one.given_label))
    removed, added = change(one)
    return removed <= set(now) and not set(added) & set(now)


def is_done(one: Decision, now: Sequence[str]) -> bool:
    """Whether the labels are changed already."""
    removed, added = change(one)
    return not removed & set(now) and set(added) <= set(now)


@dataclass(frozen=True)
class SetManifestTarget(ManifestTarget):
    """A manifest whose label cells hold several labels, in one ``notation``."""

    notation: Notation

    @cached_property
    def classes(self) -> frozenset[str]:
        """The labels in use."""
        cells = (cell for cells in self.manifest.cells.values() for cell in cells)
        return frozenset(label for cell in cells for label in self.notation.labels(cell.label))

    def names(self, label: str) -> Sequence[str]:
        """The labels in the text of several."""
        return labels_of(label)

    def label_of(self, path: str) -> str | None:
        """The labels in every row of the path, as one text."""
        cells = self.manifest.cells.get(path, ())
        sets = {tuple(sorted(self.notation.labels(cell.label))) if cell.label.strip() else None for cell in cells}
        if len(sets) != 1:
            return None
        found = sets.pop()
        return "" if found is None else text_of(found)

    def stands(self, one: Decision) -> bool:
        """Whether the labels that it is about are as the reviewer saw them."""
        return still_stands(one, labels_of(self.label_of(one.path) or ""))

    def done(self, one: Decision) -> bool:
        """Whether the cell says so, for these bytes."""
        label = self.label_of(one.path)
        return label is not None and is_done(one, labels_of(label)) and self.digest(one.path) == one.digest

    def content(self, relabels: Sequence[Decision]) -> bytes:
        """The manifest with other labels in the cells of these images."""
        return self.manifest.with_labels({one.path: self._cell(one) for one in relabels})

    def _cell(self, one: Decision) -> str:
        cells: Mapping[str, Sequence[Cell]] = self.manifest.cells
        return self.notation.rewritten(cells[one.path][0].label, *change(one))
