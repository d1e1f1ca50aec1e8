"""Label quality: how likely each given label is wrong, what it should be, and how many are wrong in all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from datadoctor.stages.predictions import FoldProbes


@dataclass(frozen=True, slots=True)
class ErrorRate:
    """Share of wrong given labels, in [0, 1]: an estimate and an interval.

    ``identifiable`` is False when the bounds disagree so much that only an audit by hand can tell.
    """

    estimate: float
    low: float
    high: float
    identifiable: bool


@dataclass(frozen=True, slots=True)
class LabelQuality:
    """The judgement of every given label; arrays are row-aligned with the dataset.

    ``scores`` (n,) float32 in [0, 1]: mislabel score for ranking, larger is worse. ``p_mislabel`` (n,) float32 in [0, 1]:
    calibrated probability that the given label is wrong. ``suggested`` (n,) int32: the most probable class; equals the
    given label where that is the most probable. ``flagged`` (n,) bool: ``p_mislabel`` is over the default threshold.
    ``kinds``: for flagged items 'relabel', 'several objects', 'ambiguous pair', 'off-topic' or 'unsure'; '' for others.
    ``judged`` (n,) bool: False where the label cannot be judged (none given, class too small); scores are 0 there.
    ``self_confidence`` (n,) float32 in [0, 1]: out-of-sample probability of the given label; larger is better.
    ``neighbour_agreement`` (n,) float32 in [0, 1]: weighted share of neighbours with the same given label; larger is better.
    ``views``: per view name, (n,) float32 calibrated probability of the given label. ``posterior`` (n, K) float32: fused
    probability of each true class given image and given label, rows sum to 1. ``error_rate`` over the judged items.
    ``expected_errors`` (m,) float32: expected wrong labels among the first 1..m of the queue. ``cannot_judge``: class name
    to reason. ``choices``: what was chosen for this dataset, by evidence (weights, temperatures, exponents, threshold).
    ``levels``: by relation of given to most probable other class, nearest first: ``flagged`` items; ``errors``, expected wrong
    labels among all that disagree there (nu); ``confusions``, the rest of those, where the models err (mu); ``precision`` in
    [0, 1], expected share of real errors among the flagged (0 without any). Empty without a tree.
    ``probes``: of each view that is linear in what it sees, what its opinion follows from.
    """

    scores: NDArray[np.float32]
    p_mislabel: NDArray[np.float32]
    suggested: NDArray[np.int32]
    flagged: NDArray[np.bool_]
    kinds: tuple[str, ...]
    judged: NDArray[np.bool_]
    self_confidence: NDArray[np.float32]
    neighbour_agreement: NDArray[np.float32]
    views: Mapping[str, NDArray[np.float32]]
    posterior: NDArray[np.float32]
    error_rate: ErrorRate
    expected_errors: NDArray[np.float32]
    cannot_judge: Mapping[str, str] = field(default_factory=dict)
    choices: Mapping[str, str | float | list[float] | list[str]] = field(default_factory=dict)
    levels: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    probes: Mapping[str, FoldProbes] = field(default_factory=dict)

    @property
    def weights(self) -> dict[str, float]:
        """The weight of each view in the pool, by name."""
        names, weights = self.choices["views"], self.choices["weights"]
        assert isinstance(names, list)
        assert isinstance(weights, list)
        return {str(name): float(str(weight)) for name, weight in zip(names, weights, strict=True)}
