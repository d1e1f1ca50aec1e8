"""Judge every given label: views -> fusion -> transition -> posterior -> refit on the posterior -> calibrated probability."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from datadoctor.artifacts.hierarchy import Hierarchy
from datadoctor.artifacts.index import Neighbours
from datadoctor.artifacts.label_quality import (
    LabelQuality,
    calibration,
    error_rate,
    fusion,
    neighbour_vote,
    posterior,
    transition,
)
from datadoctor.artifacts.label_quality.views import View
from datadoctor.errors import NotAvailableError

SMALLEST_CLASS = 5
EXPONENT = 0.5
THRESHOLD = 0.5


def judge(
    labels: NDArray[np.int32],
    classes: Sequence[str],
    views: Sequence[View],
    *,
    neighbours: Neighbours | None = None,
    groups: NDArray[np.int32] | None = None,
    hierarchy: Hierarchy | None = None,
) -> LabelQuality:
    """How likely each given label is wrong.

    ``labels`` (n,) int32 index ``classes``, -1 without a label; ``views``: at least one, out-of-sample; ``groups`` (n,) int32:
    rows with the same value are duplicates and count as one image of their class. Raises ``NotAvailableError`` where no label
    can be judged.
    """
    n_classes = len(classes)
    groups = np.arange(len(labels), dtype=np.int32) if groups is None else groups
    cannot = cannot_judge(labels, groups, classes)
    judged = (labels >= 0) & ~np.isin(labels, [index for index, name in enumerate(classes) if name in cannot])
    rows = np.flatnonzero(judged)
    if len(np.unique(labels[rows])) < 2:
        raise NotAvailableError(f"labels are judged where at least two classes have {SMALLEST_CLASS} different images")
    if neighbours is not None:
        views = [*views, _neighbours_view(neighbours, labels, n_classes, groups)]
    weights = fusion.weights([view.probabilities for view in views], labels, rows)
    first, _ = _posterior([view.probabilities for view in views], weights, labels, rows)
    refitted = [view.refit(first) if view.refit else view.probabilities for view in views]
    final, fused = _posterior(refitted, weights, labels, rows)
    return _quality(labels, rows, judged, cannot, final, fused, views, refitted, weights, neighbours, groups)


def cannot_judge(labels: NDArray[np.int32], groups: NDArray[np.int32], classes: Sequence[str]) -> dict[str, str]:
    """Classes with too few different images to learn what they look like, and why."""
    pairs = np.unique(np.stack([labels[labels >= 0], groups[labels >= 0]]), axis=1)
    counts = np.bincount(pairs[0], minlength=len(classes))
    return {
        name: f"{count} different image{'' if count == 1 else 's'}: at least {SMALLEST_CLASS} are needed"
        for name, count in zip(classes, counts.tolist(), strict=True)
        if count < SMALLEST_CLASS
    }


def _neighbours_view(
    neighbours: Neighbours, labels: NDArray[np.int32], n_classes: int, groups: NDArray[np.int32]
) -> View:
    def refit(soft_labels: NDArray[np.float32]) -> NDArray[np.float32]:
        return neighbour_vote.vote(neighbours, soft_labels, n_classes, groups)

    return View("neighbours", neighbour_vote.vote(neighbours, labels, n_classes, groups), refit)


def _posterior(
    views: Sequence[NDArray[np.float32]],
    weights: NDArray[np.float64],
    labels: NDArray[np.int32],
    rows: NDArray[np.int64],
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    fused = fusion.log_pool(views, weights)
    matrix = transition.matrix(transition.confident_counts(fused, labels, rows))
    return posterior.of_true_class(fused, labels, matrix, EXPONENT), fused


def _quality(
    labels: NDArray[np.int32],
    rows: NDArray[np.int64],
    judged: NDArray[np.bool_],
    cannot: dict[str, str],
    final: NDArray[np.float32],
    fused: NDArray[np.float32],
    views: Sequence[View],
    refitted: Sequence[NDArray[np.float32]],
    weights: NDArray[np.float64],
    neighbours: Neighbours | None,
    groups: NDArray[np.int32],
) -> LabelQuality:
    n = len(labels)
    given = np.maximum(labels, 0)
    each = np.arange(n)
    scores = np.where(judged, 1 - final[each, given], 0).astype(np.float32)
    matrix = transition.matrix(transition.confident_counts(fused, labels, rows))
    full = posterior.of_true_class(fused, labels, matrix, 1.0)
    p_mislabel = np.zeros(n, dtype=np.float32)
    p_mislabel[rows] = calibration.isotonic(scores[rows], 1 - full[rows, labels[rows]])
    suggested = final.argmax(axis=1).astype(np.int32)
    suggested = np.where(judged, suggested, np.where(labels >= 0, labels, suggested)).astype(np.int32)
    flagged = judged & (p_mislabel > THRESHOLD) & (suggested != labels)
    queue = rows[np.lexsort((rows, -scores[rows]))]
    agreement = (
        neighbour_vote.agreement(neighbours, labels, groups) if neighbours is not None else np.zeros(n, np.float32)
    )
    estimate = float(p_mislabel[rows].mean())
    return LabelQuality(
        scores=scores,
        p_mislabel=p_mislabel,
        suggested=suggested,
        flagged=flagged,
        kinds=tuple("relabel" if flag else "" for flag in flagged),
        judged=judged,
        self_confidence=views[0].probabilities[each, given].astype(np.float32),
        neighbour_agreement=agreement,
        views={view.name: array[each, given] for view, array in zip(views, refitted, strict=True)},
        posterior=final,
        error_rate=error_rate.between(estimate / 1.5, estimate, estimate * 1.5),
        expected_errors=error_rate.expected_errors(p_mislabel, queue),
        cannot_judge=cannot,
        choices={
            "views": [view.name for view in views],
            "weights": [round(float(weight), 4) for weight in weights],
            "exponent": EXPONENT,
            "threshold": THRESHOLD,
        },
    )
