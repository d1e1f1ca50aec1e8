"""A probe in two stages, superclass first and class within it, against the flat probe on the same folds.

p(class) = p(superclass) p(class | superclass), as in Wen et al. 2022, "What can we learn from misclassified ImageNet
images?"; all with the flat probe's penalty.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from datadoctor.errors import NotAvailableError
from datadoctor.stages.class_structure import TwoStage
from datadoctor.stages.hierarchy import Hierarchy
from datadoctor.stages.predictions import Predictions

SMALLEST = 1e-9  # probability that stands for zero under the logarithm


def compare_two_stage(
    labels: NDArray[np.int32],
    vectors: NDArray[np.float32],
    flat: Predictions,
    hierarchy: Hierarchy,
    device: str = "cpu",
) -> TwoStage:
    """Fit one probe on the superclasses and one within each, on the folds of ``flat``: ``labels`` (n,), ``vectors`` (n, d).

    Raises ``NotAvailableError`` for predictions that the user brought, for a tree of fewer than two superclasses of which
    one is divided, and where a superclass has items in one fold only.
    """
    if (flat.folds < 0).any():
        raise NotAvailableError("two-stage probe: the predictions were brought along, so their folds are not known")
    sizes = np.bincount(hierarchy.superclass_of)
    if len(sizes) < 2 or sizes.max() < 2:
        raise NotAvailableError("two-stage probe: needs two superclasses, one of them with two classes")
    from datadoctor.stages.predictions.columns import Columns
    from datadoctor.stages.predictions.probe import predict

    groups = np.where(labels >= 0, hierarchy.superclass_of[labels], -1).astype(np.int32)
    columns = Columns(vectors, device, len(np.unique(flat.folds)) * max(len(sizes), int(sizes.max())))
    stage_one = predict(columns, groups, len(sizes), flat.folds, penalty=flat.penalty).probabilities
    both = stage_one[:, hierarchy.superclass_of].copy()
    for group in np.flatnonzero(sizes > 1).tolist():
        members = np.flatnonzero(hierarchy.superclass_of == group)
        within = np.full(len(hierarchy.classes) + 1, -1, dtype=np.int32)  # the last entry serves items without a label
        within[members] = np.arange(len(members))
        stage_two = predict(columns, within[labels], len(members), flat.folds, penalty=flat.penalty)
        both[:, members] *= stage_two.probabilities
    return TwoStage(
        flat_loss=_loss(labels, flat.probabilities),
        two_stage_loss=_loss(labels, both),
        flat_accuracy=_accuracy(labels, flat.probabilities),
        two_stage_accuracy=_accuracy(labels, both),
    )


def _loss(labels: NDArray[np.int32], probabilities: NDArray[np.float32]) -> float:
    rows = np.flatnonzero(labels >= 0)
    return float(-np.log(np.maximum(probabilities[rows, labels[rows]], SMALLEST)).mean(dtype=np.float64))


def _accuracy(labels: NDArray[np.int32], probabilities: NDArray[np.float32]) -> float:
    rows = labels >= 0
    return float(np.mean(probabilities[rows].argmax(axis=1) == labels[rows]))
