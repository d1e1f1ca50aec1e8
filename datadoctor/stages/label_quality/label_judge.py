"""The audit's judgement of labels, kept as a function of one image and one label.

Each view that the audit gave weight has its probe, fitted once on what the audit believes (its posterior); neighbours vote with
the same beliefs. The views are pooled as in the audit and sharpened as its labels ask for. A change may come from other people
than the base did, so nothing is assumed about which classes they mistake for which: a share of labels, the middle of the
interval that the audit gives for the base's own, is wrong, and a wrong one is any other class. By Bayes' rule the odds that label
y of an image is wrong are then share / (1 - share) * (1 - p[y]) / ((K - 1) * p[y]).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datadoctor.stages.index import Neighbours
from datadoctor.stages.label_quality import ErrorRate, LabelQuality, fusion, neighbour_vote, noise
from datadoctor.stages.label_quality.fusion import Pool
from datadoctor.stages.label_quality.judge import NEIGHBOURS
from datadoctor.stages.predictions import FittedProbe, FittedSquares, Predictions


@dataclass(frozen=True, slots=True)
class SeenBy:
    """One view of the base: ``vectors`` (n, d) and what a probe on them predicted out-of-sample."""

    vectors: NDArray[np.float32] | NDArray[np.float16]
    predictions: Predictions


@dataclass(frozen=True, slots=True)
class LabelJudge:
    """What is known of the base: ``labels`` (n,) int32, ``posterior`` (n, K) float32 and ``fused`` (n, K) float32.

    ``fused``: what the views said of each image without its label. ``weights``: of each view, neighbours included, and
    ``probes`` of those that have a probe, by name. ``sharpness``: the exponent that calibrates the pool. ``share``: of labels in
    a change that are taken to be wrong, in (0, 1). ``threshold``: the probability from which a label is reported. ``may_judge``
    (K,) bool: classes large enough.
    """

    classes: tuple[str, ...]
    labels: NDArray[np.int32]
    posterior: NDArray[np.float32]
    fused: NDArray[np.float32]
    weights: Mapping[str, float]
    probes: Mapping[str, FittedProbe | FittedSquares]
    sharpness: float
    share: float
    threshold: float
    may_judge: NDArray[np.bool_]

    def opinions(
        self, views: Mapping[str, NDArray[np.float32]], near: NDArray[np.int64], cosines: NDArray[np.float32]
    ) -> dict[str, NDArray[np.float32]]:
        """(m, K) what each view says of new images: from their vectors in it, and the nearest base rows (m, k) of each."""
        said = {name: probe.predict(views[name]) for name, probe in self.probes.items()}
        return said | {NEIGHBOURS: self._vote(near, cosines)}

    def pooled(self, opinions: Mapping[str, NDArray[np.float32]]) -> NDArray[np.float32]:
        """(m, K) what the views say together."""
        weights = np.array([self.weights[name] for name in opinions])
        pool = Pool(tuple(opinions.values()), weights).sharpened(self.sharpness)
        return pool[np.arange(pool.views[0].shape[0])]

    def of_changed(
        self,
        base_rows: NDArray[np.int64],
        labels: NDArray[np.int32],
        views: Mapping[str, NDArray[np.float32] | NDArray[np.float16]],
        near: NDArray[np.int64],
        cosines: NDArray[np.float32],
    ) -> LabelQuality:
        """The judgement of m labels: of images that the base has by what was seen of them then, of new ones by the probes.

        ``base_rows`` (m,): the row in the base, -1 of the new ones, of which ``views`` hold the vectors. ``labels`` (m,): see
        ``judge``. ``near`` (m, k): the nearest base rows, -1 for none, and their ``cosines``.
        """
        new = base_rows < 0
        fused = self.fused[base_rows]
        opinions = {name: fused.copy() for name in (*self.probes, NEIGHBOURS)}
        if new.any():
            said = self.opinions(
                {name: np.asarray(views[name], dtype=np.float32) for name in self.probes}, near[new], cosines[new]
            )
            fused[new] = self.pooled(said)
            for name, opinion in said.items():
                opinions[name][new] = opinion
        same = (self.labels[near] == labels[:, None]) & (near >= 0)
        return self.judge(fused, labels, same.mean(axis=1).astype(np.float32), opinions)

    def judge(
        self,
        fused: NDArray[np.float32],
        labels: NDArray[np.int32],
        agreement: NDArray[np.float32],
        opinions: Mapping[str, NDArray[np.float32]],
    ) -> LabelQuality:
        """The judgement of m labels (indexes of ``classes``, -1 for none or a new class), as an audit gives it.

        ``agreement`` (m,): share of the neighbours with the same label; ``opinions``: of each view, for the explanation.
        """
        each, given = np.arange(len(labels)), np.maximum(labels, 0)
        judged = (labels >= 0) & self.may_judge[given]
        scores = np.where(judged, self._wrong(fused[each, given]), 0).astype(np.float32)
        best = fused.argmax(axis=1).astype(np.int32)
        flagged = judged & (scores >= self.threshold) & (best != labels)
        return LabelQuality(
            scores=scores,
            p_mislabel=scores,
            suggested=np.where(flagged | (labels < 0), best, labels).astype(np.int32),
            flagged=flagged,
            kinds=tuple("relabel" if flag else "" for flag in flagged),
            judged=judged,
            self_confidence=fused[each, given],
            neighbour_agreement=agreement,
            views={name: opinion[each, given] for name, opinion in opinions.items()},
            posterior=fused,
            error_rate=ErrorRate(self.share, 0.0, 1.0, False),
            expected_errors=np.cumsum(-np.sort(-scores)),
            choices={
                "views": list(opinions),
                "weights": [self.weights[name] for name in opinions],
                "sharpness": self.sharpness,
                "threshold": self.threshold,
            },
        )

    def _wrong(self, p_given: NDArray[np.float32]) -> NDArray[np.float64]:
        """(m,) probability that a label is wrong, from that of its class before the label is looked at."""
        p = p_given.astype(np.float64)
        mistaken = self.share * (1 - p) / max(len(self.classes) - 1, 1)
        result: NDArray[np.float64] = mistaken / (mistaken + (1 - self.share) * p + 1e-30)
        return result

    def _vote(self, near: NDArray[np.int64], cosines: NDArray[np.float32]) -> NDArray[np.float32]:
        """Beliefs about the nearest base images, nearer ones weighing more, as in ``neighbour_vote``."""
        prior = neighbour_vote.PRIOR_VOTES * self.posterior.mean(axis=0, dtype=np.float64)
        # Without any neighbour all are -inf apart: then only the prior votes.
        nearest = np.maximum(cosines.max(axis=1, keepdims=True, initial=-np.inf), -1)
        share = np.exp((cosines - nearest) / neighbour_vote.COSINE_SCALE)
        votes = np.einsum("mk,mkc->mc", np.where(near >= 0, share, 0), self.posterior[near]) + prior
        result: NDArray[np.float32] = (votes / votes.sum(axis=1, keepdims=True)).astype(np.float32)
        return result


def distil(
    labels: NDArray[np.int32],
    classes: Sequence[str],
    quality: LabelQuality,
    neighbours: Neighbours,
    groups: NDArray[np.int32],
    seen: Mapping[str, SeenBy],
    device: str = "cpu",
) -> LabelJudge:
    """Keep an audit's judgement: the views it pooled, how sharp they are, and how many labels it takes to be wrong."""
    n_classes, rows = len(classes), np.flatnonzero(quality.judged)
    held_out = {name: one.predictions.probabilities for name, one in seen.items()}
    held_out[NEIGHBOURS] = neighbour_vote.vote(neighbours, labels, n_classes, groups)
    pool = fusion.fit(list(held_out.values()), labels, rows)
    sharpness = noise.fit(pool, pool, labels, rows).before.sharpness
    weights = dict(zip(held_out, pool.weights.tolist(), strict=True))
    posterior = np.array(quality.posterior)
    probes = {
        name: _frozen(one, labels, n_classes, posterior, device) for name, one in seen.items() if weights[name] > 0
    }
    return LabelJudge(
        classes=tuple(classes),
        labels=np.array(labels),
        posterior=posterior,
        fused=pool.sharpened(sharpness)[np.arange(len(labels))],
        weights=weights,
        probes=probes,
        sharpness=sharpness,
        share=_share(quality.error_rate, len(rows)),
        threshold=_threshold(quality.choices),
        may_judge=np.bincount(labels[rows], minlength=n_classes) > 0,
    )


def _frozen(
    seen: SeenBy, labels: NDArray[np.int32], n_classes: int, soft_labels: NDArray[np.float32], device: str
) -> FittedProbe | FittedSquares:
    """The probe of a view, fitted once more on all rows."""
    from datadoctor.stages.predictions import fitted, squares

    penalty, link = seen.predictions.penalty or 1.0, seen.predictions.link
    if link:
        return squares.fit(
            seen.vectors, labels, n_classes, penalty, link, soft_labels=soft_labels, device=device
        )  # fmt: skip
    vectors = np.array(seen.vectors, dtype=np.float32)
    return fitted.fit(vectors, labels, n_classes, penalty, soft_labels=soft_labels, device=device)


def _share(rate: ErrorRate, n: int) -> float:
    """The middle of the interval; never none at all, however clean the base (rule of succession)."""
    return min(max((rate.low + rate.high) / 2, 1 / (n + 2)), 0.5)


def _threshold(choices: Mapping[str, str | float | list[float] | list[str]]) -> float:
    threshold = choices["threshold"]
    return float(threshold) if isinstance(threshold, int | float) else 0.5
