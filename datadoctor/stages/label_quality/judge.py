"""Judge every given label: views -> fusion -> transition -> refit -> two models of the noise -> posterior -> calibrated probability."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from datadoctor.stages.hierarchy import Hierarchy
from datadoctor.stages.index import Neighbours
from datadoctor.stages.known import taught
from datadoctor.stages.label_quality import (
    LabelQuality,
    calibration,
    error_rate,
    heeding,
    kinds,
    neighbour_vote,
    noise,
    posterior,
    relation,
    transition,
)
from datadoctor.stages.label_quality.fusion import Pool
from datadoctor.stages.label_quality.judgeable import cannot_judge, informative_pool, judged_rows
from datadoctor.stages.label_quality.noise import Noise
from datadoctor.stages.label_quality.posterior import Readings
from datadoctor.stages.label_quality.views import View

NEIGHBOURS = "neighbours"


@dataclass(frozen=True)
class _Case:
    """What is judged, and what is known about it beside the views."""

    labels: NDArray[np.int32]
    rows: NDArray[np.int64]
    classes: Sequence[str]
    cannot: Mapping[str, str]
    neighbours: Neighbours | None
    groups: NDArray[np.int32]
    hierarchy: Hierarchy | None
    known: NDArray[np.int32]

    @property
    def n_given(self) -> NDArray[np.int64]:
        return np.bincount(self.labels[self.rows], minlength=len(self.classes))

    @property
    def superclass_of(self) -> NDArray[np.int32] | None:
        return self.hierarchy.superclass_of if self.hierarchy is not None else None


def judge(
    labels: NDArray[np.int32],
    classes: Sequence[str],
    views: Sequence[View],
    *,
    neighbours: Neighbours | None = None,
    groups: NDArray[np.int32] | None = None,
    hierarchy: Hierarchy | None = None,
    known: NDArray[np.int32] | None = None,
) -> LabelQuality:
    """How likely each given label is wrong.

    ``labels`` (n,) int32 index ``classes``, -1 without a label; ``views``: at least one, out-of-sample; ``groups`` (n,) int32:
    rows with the same value are duplicates and count as one image of their class. ``known`` (n,) int32: the true class where somebody
    said it, -1 elsewhere. The noise is that of the labels as they were given: what is known is taken by the views, and corrects the
    judgement of the others. Raises ``NotAvailableError`` where no label can be judged.
    """
    known = np.full(len(labels), -1, dtype=np.int32) if known is None else known
    groups = np.arange(len(labels), dtype=np.int32) if groups is None else groups
    cannot = cannot_judge(labels, groups, classes)
    rows = judged_rows(labels, classes, cannot)
    case = _Case(labels, rows, classes, cannot, neighbours, groups, hierarchy, known)
    if neighbours is not None:
        views = [*views, _neighbours_view(neighbours, taught(labels, known), len(classes), groups)]
    pool = informative_pool([view.probabilities for view in views], labels, rows)
    again = _refitted(case, views, pool)
    final = Pool(tuple(view.probabilities for view in again), pool.weights)
    explained = noise.fit(final, pool, labels, rows, case.superclass_of)
    readings = posterior.read(final, pool, labels, rows, explained)
    readings = heeding.heeded(readings, final, labels, rows, known)
    choices: dict[str, str | float | list[float] | list[str]] = {
        "views": [view.name for view in views],
        "weights": [round(float(weight), 4) for weight in pool.weights],
        **_chosen(explained),
    }
    probes = {view.name: view.probes for view in again if view.probes}
    return replace(_quality(case, views, final, explained, readings, choices), probes=probes)


def _neighbours_view(
    neighbours: Neighbours, labels: NDArray[np.int32], n_classes: int, groups: NDArray[np.int32]
) -> View:
    def refit(soft_labels: NDArray[np.float32]) -> View:
        return View(NEIGHBOURS, neighbour_vote.vote(neighbours, soft_labels, n_classes, groups))

    return View(NEIGHBOURS, neighbour_vote.vote(neighbours, labels, n_classes, groups), refit)


def _refitted(case: _Case, views: Sequence[View], pool: Pool) -> Sequence[View]:
    """The views made again from what the first pool and the given labels say together."""
    counts = transition.confident_counts(pool, case.labels, case.rows)
    matrix, _ = transition.matrix(counts, case.n_given, case.superclass_of)
    soft_labels = posterior.by_bayes(pool[np.arange(len(case.labels))], case.labels, matrix)
    told = np.flatnonzero(case.known >= 0)
    soft_labels[told] = 0
    soft_labels[told, case.known[told]] = 1
    return [view.refit(soft_labels) if view.refit else view for view in views]


def _chosen(explained: Noise) -> dict[str, str | float | list[float] | list[str]]:
    """What the labels say of how they went wrong, in words and figures."""
    belief = explained.belief
    model = explained.instance_dependent if belief > noise.HALF else explained.before
    words = {1.0: "instance-dependent: errors follow the images", 0.0: "class-conditional: errors fall on any image"}
    return {
        "noise": words.get(
            belief, f"undecided: {belief:.0%} that errors follow the images, else they fall on any image"
        ),
        "sharpness": round(model.sharpness, 4),
        "transition_strengths": [round(strength, 2) for strength in model.strengths],
    }


def _quality(
    case: _Case,
    views: Sequence[View],
    pool: Pool,
    explained: Noise,
    readings: Readings,
    choices: Mapping[str, str | float | list[float] | list[str]],
) -> LabelQuality:
    n, labels, rows = len(case.labels), case.labels, case.rows
    told = rows[case.known[rows] >= 0]
    rate = error_rate.with_known(error_rate.estimate(readings, explained), case.known[told] != labels[told], len(rows))
    threshold = calibration.threshold(readings.p)
    scores, p_mislabel = np.zeros(n, dtype=np.float32), np.zeros(n, dtype=np.float32)
    scores[rows], p_mislabel[rows] = readings.ranking, readings.p
    fused = pool.sharpened(explained.ranking.sharpness)[np.arange(n)]
    beliefs = posterior.of_true_class(pool, labels, explained.ranking)
    suggested = np.where(labels >= 0, labels, fused.argmax(axis=1)).astype(np.int32)
    suggested[rows] = readings.top[:, 0]
    flagged = np.zeros(n, dtype=bool)
    flagged[rows] = readings.p >= threshold
    flagged[case.known >= 0] = (case.known != labels)[case.known >= 0]
    # Flagged though no single other class is more probable: the best other class is suggested.
    suggested[flagged] = posterior.best_other(beliefs, labels)[flagged]
    suggested[case.known >= 0] = case.known[case.known >= 0]
    queue = rows[np.lexsort((rows, -readings.ranking))]
    return LabelQuality(
        scores=scores,
        p_mislabel=p_mislabel,
        suggested=suggested,
        flagged=flagged,
        kinds=_kinds(case, pool, fused, suggested, flagged),
        judged=np.isin(np.arange(n), rows),
        self_confidence=_at_given(views[0].probabilities, labels),
        neighbour_agreement=_agreement(case),
        views={
            view.name: _at_given(array[np.arange(n)], labels) for view, array in zip(views, pool.views, strict=True)
        },
        posterior=beliefs,
        error_rate=rate,
        expected_errors=error_rate.expected_errors(p_mislabel, queue),
        cannot_judge=case.cannot,
        choices={**choices, "threshold": threshold},
        levels=_levels(case, fused, p_mislabel, flagged),
    )


def _kinds(
    case: _Case, pool: Pool, fused: NDArray[np.float32], suggested: NDArray[np.int32], flagged: NDArray[np.bool_]
) -> tuple[str, ...]:
    n_classes = len(case.classes)
    superclass_of = case.superclass_of
    sums = np.zeros((n_classes, n_classes))
    np.add.at(sums, case.labels[case.rows], fused[case.rows])
    cosines = case.neighbours.cosines if case.neighbours is not None else np.zeros((len(fused), 0), np.float32)
    called = np.flatnonzero(flagged)
    found = kinds.kinds(
        fused[called],
        case.labels[called],
        suggested[called],
        transition.mean_at_given(pool, case.labels, case.rows),
        sums / np.maximum(case.n_given, 1)[:, np.newaxis],
        superclass_of if superclass_of is not None else np.zeros(n_classes, dtype=np.int32),
        kinds.isolated(cosines)[called],
    )
    result = [""] * len(fused)
    for row, kind in zip(called.tolist(), found, strict=True):
        result[row] = kind
    return tuple(result)


def _levels(
    case: _Case, fused: NDArray[np.float32], p_mislabel: NDArray[np.float32], flagged: NDArray[np.bool_]
) -> dict[str, dict[str, float]]:
    if case.hierarchy is None:
        return {}
    rows = case.rows
    return relation.levels(
        case.hierarchy, case.labels[rows], fused[rows].argmax(axis=1).astype(np.int32), p_mislabel[rows], flagged[rows]
    )


def _agreement(case: _Case) -> NDArray[np.float32]:
    if case.neighbours is None:
        return np.zeros(len(case.labels), dtype=np.float32)
    return neighbour_vote.agreement(case.neighbours, case.labels, case.groups)


def _at_given(probabilities: NDArray[np.float32], labels: NDArray[np.int32]) -> NDArray[np.float32]:
    """(n,) float32 probability of the given label, 0 where there is none."""
    at_label = probabilities[np.arange(len(labels)), np.maximum(labels, 0)]
    return np.where(labels >= 0, at_label, 0).astype(np.float32)
