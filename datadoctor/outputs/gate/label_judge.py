"""The audit's judgement of labels, kept as a function of one image and one label.

Each view's probe is fitted once on what the audit believes (its posterior); neighbours vote with the same beliefs. The views
are pooled, and the transition matrix weighs the given label in by Bayes' rule, as in the audit. A change may come from other
people than the base did: a share of its labels is taken to be wrong in ways the base never showed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from datadoctor.artifacts.index import Neighbours
from datadoctor.artifacts.label_quality import ErrorRate, LabelQuality, fusion, neighbour_vote
from datadoctor.artifacts.predictions.fitted import FittedProbe

if TYPE_CHECKING:
    from collections.abc import Mapping

EXPONENT = 0.5
SMOOTHING = 1e-3
# The share of a change's labels taken to be wrong at random, beside the base's own confusions.
UNSEEN_NOISE = 0.05


@dataclass(frozen=True, slots=True)
class LabelJudge:
    """``posterior`` (n, K) float32 and ``labels`` (n,) int32 of the base. ``transition`` (K, K): P(given column | true row).

    ``weights`` (views + 1,): of each probe, then of the neighbours. ``may_judge`` (K,) bool: classes large enough.
    """

    classes: tuple[str, ...]
    labels: NDArray[np.int32]
    posterior: NDArray[np.float32]
    transition: NDArray[np.float64]
    weights: NDArray[np.float64]
    probes: tuple[FittedProbe, ...]
    threshold: float
    may_judge: NDArray[np.bool_]

    def believed(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """(m, K) what the views say of base images, without their given labels."""
        given = self.labels[rows]
        weighed = np.where(given[:, None] >= 0, self.transition[:, given].T ** EXPONENT, 1.0)
        fused = self.posterior[rows] / weighed
        result: NDArray[np.float32] = (fused / fused.sum(axis=1, keepdims=True)).astype(np.float32)
        return result

    def seen(
        self, views: Sequence[NDArray[np.float32]], near: NDArray[np.int64], cosines: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """(m, K) what the views say of new images: vectors of each view, and the nearest base rows (m, k) of each."""
        opinions = [probe.predict(vectors) for probe, vectors in zip(self.probes, views, strict=True)]
        return fusion.Pool((*opinions, self._vote(near, cosines)), self.weights)[np.arange(len(near))]

    def judge(
        self, fused: NDArray[np.float32], labels: NDArray[np.int32], agreement: NDArray[np.float32]
    ) -> LabelQuality:
        """The judgement of m labels (indexes of ``classes``, -1 for none or a new class), as an audit gives it."""
        each, given = np.arange(len(labels)), np.maximum(labels, 0)
        weighed = np.where(labels[:, None] >= 0, fused * _doubted(self.transition)[:, given].T ** EXPONENT, fused)
        final = (weighed / weighed.sum(axis=1, keepdims=True)).astype(np.float32)
        judged = (labels >= 0) & self.may_judge[given]
        scores = np.where(judged, 1 - final[each, given], 0).astype(np.float32)
        best = final.argmax(axis=1).astype(np.int32)
        flagged = judged & (scores > self.threshold) & (best != labels)
        return LabelQuality(
            scores=scores,
            p_mislabel=scores,
            suggested=np.where(judged | (labels < 0), best, labels).astype(np.int32),
            flagged=flagged,
            kinds=tuple("relabel" if flag else "" for flag in flagged),
            judged=judged,
            self_confidence=fused[each, given],
            neighbour_agreement=agreement,
            views={"frozen": fused[each, given]},
            posterior=final,
            error_rate=ErrorRate(float("nan"), 0.0, 1.0, False),
            expected_errors=np.cumsum(-np.sort(-scores)),
            choices={"views": ["frozen"], "weights": [1.0], "exponent": EXPONENT, "threshold": self.threshold},
        )

    def _vote(self, near: NDArray[np.int64], cosines: NDArray[np.float32]) -> NDArray[np.float32]:
        """Beliefs about the nearest base images, nearer ones weighing more, as in ``neighbour_vote``."""
        prior = neighbour_vote.PRIOR_VOTES * self.posterior.mean(axis=0, dtype=np.float64)
        share = np.exp((cosines - cosines.max(axis=1, keepdims=True)) / neighbour_vote.COSINE_SCALE)
        votes = np.einsum("mk,mkc->mc", np.where(near >= 0, share, 0), self.posterior[near]) + prior
        result: NDArray[np.float32] = (votes / votes.sum(axis=1, keepdims=True)).astype(np.float32)
        return result


def distil(
    labels: NDArray[np.int32],
    classes: Sequence[str],
    quality: LabelQuality,
    neighbours: Neighbours,
    groups: NDArray[np.int32],
    probes: Sequence[FittedProbe],
    held_out: Sequence[NDArray[np.float32]],
) -> LabelJudge:
    """Keep an audit's judgement; ``held_out``: for each probe, out-of-sample probabilities (n, K), which give the weights."""
    n_classes = len(classes)
    rows = np.flatnonzero(quality.judged)
    vote = neighbour_vote.vote(neighbours, np.array(quality.posterior), n_classes, groups)
    return LabelJudge(
        classes=tuple(classes),
        labels=np.array(labels),
        posterior=np.array(quality.posterior),
        transition=_transition(quality.posterior, labels, n_classes),
        weights=fusion.fit([*held_out, vote], labels, rows).weights,
        probes=tuple(probes),
        threshold=_threshold(quality.choices),
        may_judge=np.bincount(labels[rows], minlength=n_classes) > 0,
    )


def _transition(beliefs: NDArray[np.float32], labels: NDArray[np.int32], n_classes: int) -> NDArray[np.float64]:
    """P(given | true): the share of each given class in what is believed to be of the true one."""
    counts = np.full((n_classes, n_classes), SMOOTHING)
    for given in range(n_classes):
        counts[:, given] += beliefs[labels == given].sum(axis=0, dtype=np.float64)
    result: NDArray[np.float64] = counts / counts.sum(axis=1, keepdims=True)
    return result


def _doubted(transition: NDArray[np.float64]) -> NDArray[np.float64]:
    """The matrix with some of every row spread evenly over all classes."""
    return (1 - UNSEEN_NOISE) * transition + UNSEEN_NOISE / len(transition)


def _threshold(choices: Mapping[str, str | float | list[float] | list[str]]) -> float:
    threshold = choices["threshold"]
    return float(threshold) if isinstance(threshold, int | float) else 0.5
