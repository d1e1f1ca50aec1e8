"""Label sets: of images that may have several labels, how likely each class is wrongly said to be there, or not to be.

Every class is a question of its own (does the image have it?), judged by binary probes and by the nearest images. What the single-label
judgement calls a confusion does not exist here: two classes may both be right. Why it is so: ``docs/decisions/label-sets.md``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from datadoctor.stages.label_quality import ErrorRate

# A class is judged if at least this many images have it, and as many do not: one for each fold.
FEWEST = 5


def labelled(several: NDArray[np.int8]) -> NDArray[np.bool_]:
    """(n,) whether the labels of an image are given, of (n, K) label sets."""
    return np.asarray((several >= 0).all(axis=1), dtype=np.bool_)


@dataclass(frozen=True, slots=True)
class SetPredictions:
    """What one view says: ``logits`` (n, K) float32, log-odds that an image is labelled with a class, made without its own label.

    ``penalties`` (K,) float64: the L2 strength chosen for each class; empty where the view is no probe.
    """

    logits: NDArray[np.float32]
    penalties: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))


@dataclass(frozen=True, slots=True)
class LabelSetQuality:
    """The judgement of every class of every image: arrays (n, K), rows as in the dataset, columns in the order of its classes.

    ``logits`` float32: log-odds that the image is labelled with the class, from all views, made without its own label. ``p_wrong``
    float32 in [0, 1]: calibrated probability that the label is wrong where the image has it, and that it lacks the label where it
    has not; 0 where not judged. ``flagged`` bool: ``p_wrong`` is over the threshold. ``judged`` bool: False where no labels are
    given or the class is too rare. ``missing``, ``extra`` (K,) float64 in [0, 1]: estimated share of images with the class that
    lack the label, and of those without it that have it. ``shifts`` (K,): added to the log-odds of the views. ``scores`` (n,)
    float32: probability that any label of an image is wrong. ``error_rate``: share of images with a wrong label.
    ``expected_errors`` (m,) float32: expected images with a wrong label among the first 1..m of the queue. ``cannot_judge``: class
    name to reason. ``choices``: what was chosen for this dataset.
    """

    logits: NDArray[np.float32]
    p_wrong: NDArray[np.float32]
    flagged: NDArray[np.bool_]
    judged: NDArray[np.bool_]
    missing: NDArray[np.float64]
    extra: NDArray[np.float64]
    shifts: NDArray[np.float64]
    scores: NDArray[np.float32]
    error_rate: ErrorRate
    expected_errors: NDArray[np.float32]
    cannot_judge: Mapping[str, str] = field(default_factory=dict)
    choices: Mapping[str, str | float | list[float] | list[str]] = field(default_factory=dict)

    @property
    def threshold(self) -> float:
        """The probability from which a label is flagged."""
        found = self.choices["threshold"]
        return float(found) if isinstance(found, int | float) else 0.5
