"""Changed images that may have several labels, numbered and judged as the base was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from datadoctor.sources import Listing
from datadoctor.stages.dataset import Dataset

if TYPE_CHECKING:
    from datadoctor.stages.label_sets import LabelSetQuality


def numbered(several: NDArray[np.int8], names: Sequence[str], classes: Sequence[str]) -> NDArray[np.int8]:
    """(m, K) of the columns ``names``, those of ``classes``; a class that no image has by now is in no set."""
    column = {name: number for number, name in enumerate(names)}
    unlabelled = (several < 0).any(axis=1)
    result = np.zeros((len(several), len(classes)), dtype=np.int8)
    for number, name in enumerate(classes):
        if name in column:
            result[:, number] = several[:, column[name]]
    result[unlabelled] = -1
    return result


def with_classes(dataset: Dataset, classes: Sequence[str]) -> Dataset:
    """The same images, their classes numbered as in the base, new ones after those."""
    assert dataset.several is not None
    every = (*classes, *(name for name in dataset.classes if name not in classes))
    return replace(dataset, classes=every, several=numbered(dataset.several, dataset.classes, every))


def spread(quality: LabelSetQuality, places: NDArray[np.int64], shape: tuple[int, int]) -> LabelSetQuality:
    """The judgement of m images as rows of a dataset, where others, and new classes, are not judged."""
    cells: dict[str, Any] = {}
    for name in ("logits", "p_wrong", "flagged", "judged"):
        values = getattr(quality, name)
        cells[name] = np.zeros(shape, dtype=values.dtype)
        cells[name][places, : values.shape[1]] = values
    scores = np.zeros(shape[0], dtype=np.float32)
    scores[places] = quality.scores
    return replace(quality, **cells, scores=scores)


def of_strange_classes(listing: Listing, rows: NDArray[np.int64], judge: Any) -> int:
    """How many changed images have a label that the base cannot judge."""
    assert listing.several is not None
    judged = {name for name, may in zip(judge.classes, judge.judged.tolist(), strict=True) if may}
    strange = np.array([name not in judged for name in listing.classes], dtype=np.bool_)
    return int((listing.several[np.ix_(rows, np.flatnonzero(strange))] == 1).any(axis=1).sum())
