"""Why one label was flagged, or was not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datadoctor.stages.hierarchy import Hierarchy
from datadoctor.stages.index import Neighbours
from datadoctor.stages.label_quality import LabelQuality

NEIGHBOURS_SHOWN = 10


@dataclass(frozen=True, slots=True)
class ViewOpinion:
    """What one view says: ``p_given`` in [0, 1], its probability of the given label, and its weight in the fusion."""

    name: str
    p_given: float
    weight: float


@dataclass(frozen=True, slots=True)
class NeighbourLabel:
    """A neighbour: its row in the dataset, given label ('' for none) and cosine to the image."""

    row: int
    label: str
    cosine: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything behind the judgement of one row.

    ``score`` and ``p_mislabel`` in [0, 1], larger is worse; ``threshold``: flagged above it; ``margin``: ``p_mislabel`` less
    the threshold, positive where flagged. ``p_given``, ``p_suggested``: posterior of the given and of the suggested class.
    ``relation``: of given to suggested class in the tree. ``cannot_judge``: why there is no judgement, '' where there is.
    """

    row: int
    given: str
    suggested: str
    judged: bool
    flagged: bool
    kind: str
    score: float
    p_mislabel: float
    threshold: float
    margin: float
    p_given: float
    p_suggested: float
    neighbour_agreement: float
    relation: str
    views: tuple[ViewOpinion, ...]
    neighbours: tuple[NeighbourLabel, ...]
    cannot_judge: str


def explain(
    row: int,
    labels: NDArray[np.int32],
    classes: Sequence[str],
    quality: LabelQuality,
    hierarchy: Hierarchy | None,
    neighbours: Neighbours | None,
) -> Explanation:
    """The explanation of one dataset row."""
    label, other = int(labels[row]), int(quality.suggested[row])
    given = classes[label] if label >= 0 else ""
    threshold = quality.choices["threshold"]
    assert isinstance(threshold, float)
    posterior = quality.posterior[row]
    known = hierarchy is not None and label >= 0
    return Explanation(
        row=row,
        given=given,
        suggested=classes[other],
        judged=bool(quality.judged[row]),
        flagged=bool(quality.flagged[row]),
        kind=quality.kinds[row],
        score=float(quality.scores[row]),
        p_mislabel=float(quality.p_mislabel[row]),
        threshold=threshold,
        margin=float(quality.p_mislabel[row]) - threshold,
        p_given=float(posterior[label]) if label >= 0 else 0.0,
        p_suggested=float(posterior[other]),
        neighbour_agreement=float(quality.neighbour_agreement[row]),
        relation=str(hierarchy.relation(label, other)) if hierarchy is not None and known else "",
        views=_opinions(row, quality),
        neighbours=_neighbours(row, labels, classes, neighbours),
        cannot_judge=_reason(given, label, quality),
    )


def _opinions(row: int, quality: LabelQuality) -> tuple[ViewOpinion, ...]:
    weights = quality.choices["weights"]
    assert isinstance(weights, list)
    pairs = zip(quality.views.items(), weights, strict=True)
    return tuple(ViewOpinion(name, float(values[row]), float(str(weight))) for (name, values), weight in pairs)


def _neighbours(
    row: int, labels: NDArray[np.int32], classes: Sequence[str], neighbours: Neighbours | None
) -> tuple[NeighbourLabel, ...]:
    if neighbours is None:
        return ()
    rows = neighbours.rows[row, :NEIGHBOURS_SHOWN].tolist()
    cosines = neighbours.cosines[row, :NEIGHBOURS_SHOWN].tolist()
    near = [(other, cosine) for other, cosine in zip(rows, cosines, strict=True) if other >= 0]
    return tuple(
        NeighbourLabel(other, classes[labels[other]] if labels[other] >= 0 else "", cosine) for other, cosine in near
    )


def _reason(given: str, label: int, quality: LabelQuality) -> str:
    if label < 0:
        return "no given label"
    return quality.cannot_judge.get(given, "")
