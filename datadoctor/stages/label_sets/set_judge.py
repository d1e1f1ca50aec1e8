"""The audit's judgement of label sets, kept as a function of one image and its labels.

Each view that the audit gave weight has its probes, fitted once on all rows; the nearest images of the base vote with their given labels.
Views are pooled as in the audit, and labels go wrong as often as they do in the base, at least once in all (rule of succession).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datadoctor.stages.label_quality import neighbour_vote
from datadoctor.stages.label_sets import LabelSetQuality, SetPredictions, labelled, opinions
from datadoctor.stages.label_sets.judge import may_judge, quality_of, together
from datadoctor.stages.label_sets.noise import SetNoise
from datadoctor.stages.predictions import FittedProbe

NEIGHBOURS = "neighbours"


@dataclass(frozen=True, slots=True)
class LabelSetJudge:
    """What is known of the base. ``several`` (n, K) int8 its labels, ``logits`` (n, K) float32 what the views said without them.

    ``weights``: of each view, neighbours included; ``shifts`` (K,) float64 of the classes; ``probes`` of the views that have weight.
    ``noise``: how labels go wrong; ``threshold``: from which one is reported; ``judged`` (K,) bool: classes large enough.
    """

    classes: tuple[str, ...]
    several: NDArray[np.int8]
    logits: NDArray[np.float32]
    weights: Mapping[str, float]
    shifts: NDArray[np.float64]
    probes: Mapping[str, FittedProbe]
    noise: SetNoise
    threshold: float
    judged: NDArray[np.bool_]

    def of_changed(
        self,
        base_rows: NDArray[np.int64],
        several: NDArray[np.int8],
        views: Mapping[str, NDArray[np.float32] | NDArray[np.float16]],
        near: NDArray[np.int64],
        cosines: NDArray[np.float32],
    ) -> LabelSetQuality:
        """The judgement of m images: of those the base has by what was seen of them then, of new ones by the probes.

        ``base_rows`` (m,): the row in the base, -1 of the new ones, of which ``views`` hold the vectors. ``several`` (m, K): their
        labels now. ``near`` (m, k): the nearest base rows, -1 for none, and their ``cosines``.
        """
        new = base_rows < 0
        logits = self.logits[base_rows]
        if new.any():
            said = {name: _log_odds(probe, views[name]) for name, probe in self.probes.items()}
            said[NEIGHBOURS] = self._vote(near[new], cosines[new])
            weights = np.array([self.weights[name] for name in said])
            logits[new] = together(list(said.values()), weights, self.shifts)
        judged = labelled(several)[:, None] & self.judged
        p_wrong = np.where(judged, self.noise.wrong(logits, several == 1), 0).astype(np.float32)
        choices: dict[str, str | float | list[float] | list[str]] = {"threshold": self.threshold}
        return quality_of(logits, several == 1, judged, p_wrong, self.noise, choices, {}, self.shifts)

    def _vote(self, near: NDArray[np.int64], cosines: NDArray[np.float32]) -> NDArray[np.float32]:
        nearest = np.maximum(cosines.max(axis=1, keepdims=True, initial=-np.inf), -1)
        known = labelled(self.several)
        weights = np.where((near >= 0) & known[near], np.exp((cosines - nearest) / neighbour_vote.COSINE_SCALE), 0)
        return opinions.vote(near, weights.astype(np.float32), self.several, opinions.shares(self.several))


def _log_odds(probe: FittedProbe, vectors: NDArray[np.float32] | NDArray[np.float16]) -> NDArray[np.float32]:
    seen = (np.asarray(vectors, dtype=np.float32) - probe.mean) * probe.scale
    return np.asarray(seen @ probe.weights[:-1] + probe.weights[-1], dtype=np.float32)


def distil(
    several: NDArray[np.int8],
    classes: Sequence[str],
    quality: LabelSetQuality,
    predictions: Mapping[str, SetPredictions],
    vectors: Mapping[str, NDArray[np.float32] | NDArray[np.float16]],
    device: str = "cpu",
) -> LabelSetJudge:
    """Keep an audit's judgement: the views it pooled, and how often it takes labels to be wrong."""
    from datadoctor.stages.label_sets.probe import fit

    names = [str(name) for name in _listed(quality.choices["views"])]
    weights = dict(zip(names, map(float, _listed(quality.choices["weights"])), strict=True))
    probes = {
        name: fit(np.array(vectors[name], dtype=np.float32), several, made.penalties, device=device)
        for name, made in predictions.items()
        if weights[name] > 0
    }
    least = 1 / (len(several) + 2)
    return LabelSetJudge(
        classes=tuple(classes),
        several=np.array(several),
        logits=np.array(quality.logits),
        weights=weights,
        shifts=np.array(quality.shifts),
        probes=probes,
        noise=SetNoise(
            np.maximum(quality.missing, least),
            np.maximum(quality.extra, least),
            float(_number(quality.choices["slope"])),
            float(_number(quality.choices["shift"])),
        ),
        threshold=quality.threshold,
        judged=may_judge(several),
    )


def _listed(value: object) -> list[float] | list[str]:
    return value if isinstance(value, list) else []


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
