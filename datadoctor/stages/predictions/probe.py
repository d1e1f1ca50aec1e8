"""A cross-validated linear probe: multinomial logistic regression on embeddings, all folds fitted in one pass over the data.

Minimises, for each fold, the mean cross-entropy over the rows outside it plus ``l2 / 2`` times the squared weights (not the
intercepts), on columns standardised to variance 1. L-BFGS works in coordinates in which Boehning's bound on the Hessian
(Boehning 1992, Ann. Inst. Stat. Math. 44: a multiple of the columns' covariance plus the penalty) is the identity, so a few
steps suffice from the weights of a penalty ten times as strong: with fewer rows than columns a weak penalty is not reached from
zero. The penalty is chosen for the dataset: from strong to weak in decades, until the cross-entropy of the held-out rows stops
falling; then at the bottom of the parabola through the best and those beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from datadoctor.errors import NotAvailableError
from datadoctor.progress import Silent
from datadoctor.stages.predictions import FoldProbes, Predictions
from datadoctor.stages.predictions.columns import Columns
from datadoctor.stages.predictions.descent import descend
from datadoctor.stages.predictions.fold_data import FoldData

if TYPE_CHECKING:
    from datadoctor.progress import Progress

PENALTIES = tuple(10.0 ** (1 - step) for step in range(7))
# From zero a penalty as strong as this is reached, weaker ones in decades from it.
STRONG = 1.0
# More change the held-out cross-entropy by less than a thousandth, from the weights of the penalty before.
STEPS = 12


def predict(
    vectors: NDArray[np.float32] | NDArray[np.float16] | Columns,
    labels: NDArray[np.int32],
    n_classes: int,
    folds: NDArray[np.int8],
    *,
    soft_labels: NDArray[np.float32] | None = None,
    penalty: float | None = None,
    keep_probes: bool = False,
    device: str = "cpu",
    progress: Progress | None = None,
) -> Predictions:
    """Probabilities (n, n_classes) of each row from the probe that did not see it.

    ``vectors`` (n, d) float32 or float16, read in chunks where they are large, or ``Columns`` of them that several probes share;
    ``labels`` (n,) int32, rows with -1 are predicted but never trained on; ``folds`` (n,) int8. ``soft_labels`` (n, n_classes)
    float32, rows summing to 1, replace the labels as targets (of labelled rows). ``penalty``: the L2 strength, None to choose it.
    ``keep_probes``: the result holds what it follows from. A class with no labelled row outside a fold gets probability 0 in it.
    Deterministic.
    Raises ``NotAvailableError`` when some fold leaves nothing to train on.
    """
    columns = vectors if isinstance(vectors, Columns) else Columns(vectors, device, len(np.unique(folds)) * n_classes)
    data = FoldData(columns, labels, n_classes, folds, soft_labels)
    if not data.class_seen.any(dim=1).all():
        raise NotAvailableError("a probe needs labelled images in at least two folds: label more images")
    with (progress or Silent()).stage("Fitting the probe", 1 if penalty else len(PENALTIES)) as advance:
        best = _tried(data, fit(data, penalty), penalty) if penalty else _best(data, advance)
        advance(1)
    name = f"linear probe, {data.n_folds} folds, l2 {best.penalty:.3g}"
    probes = _kept(data, best.weights) if keep_probes else None
    return Predictions(best.probabilities, folds.astype(np.int8), name, best.penalty, probes)


def _kept(data: FoldData, weights: torch.Tensor) -> FoldProbes:
    mean, scale = (values.cpu().numpy() for values in data.columns.moments)
    turned = data.columns.rotation
    rotation = np.zeros((0, 0), np.float32) if turned is None else turned.cpu().numpy()
    shaped = weights.view(len(weights), data.n_folds, data.n_classes).cpu().numpy()
    return FoldProbes(mean, scale, rotation, shaped, data.fold_ids)


@dataclass(frozen=True)
class _Tried:
    """A fit: ``weights`` as ``_fit`` returns them, ``probabilities`` (n, K) held out, ``loss``: their cross-entropy."""

    penalty: float
    weights: torch.Tensor
    probabilities: NDArray[np.float32]
    loss: float


def _tried(data: FoldData, weights: torch.Tensor, penalty: float) -> _Tried:
    return _Tried(penalty, weights, *_held_out(data, weights))


def _at(data: FoldData, start: torch.Tensor, penalty: float) -> _Tried:
    return _tried(data, _fit(data, start, penalty), penalty)


def _best(data: FoldData, advance: Callable[[int], None]) -> _Tried:
    """The fit whose penalty predicts the held-out rows best."""
    tried = [_at(data, _zero(data), PENALTIES[0])]
    for penalty in PENALTIES[1:]:
        tried.append(_at(data, tried[-1].weights, penalty))
        advance(1)
        if tried[-1].loss >= tried[-2].loss:
            break
    best = min(tried, key=lambda one: one.loss)
    return min(best, _at(data, best.weights, _bottom(tried[-3:])), key=lambda one: one.loss)


def _bottom(around: Sequence[_Tried]) -> float:
    """Where a parabola through the losses over the logarithm of three penalties is lowest, within half a decade of the best."""
    best = min(around, key=lambda one: one.loss)
    if len(around) < 3 or best is around[-1]:
        return best.penalty / 10**0.5
    before, middle, after = (one.loss for one in around)
    shift = 0.5 * (after - before) / max(before - 2 * middle + after, 1e-12)
    return float(best.penalty * 10 ** min(max(shift, -0.5), 0.5))


def fit(data: FoldData, penalty: float) -> torch.Tensor:
    """Weights (columns, n_folds * n_classes) float32 for one penalty, by way of stronger ones."""
    weights, stronger = _zero(data), STRONG
    while stronger > penalty:
        weights = _fit(data, weights, stronger)
        stronger /= 10
    return _fit(data, weights, penalty)


def _zero(data: FoldData) -> torch.Tensor:
    return torch.zeros(data.columns.n_columns, data.n_folds * data.n_classes, device=data.device)


def _fit(data: FoldData, start: torch.Tensor, penalty: float) -> torch.Tensor:
    """Weights (columns, n_folds * n_classes) for one penalty, from a starting point."""
    bound = data.columns.covariance / data.n_classes
    return descend(partial(_loss_and_gradient, data), start, bound, penalty, STEPS)


def _loss_and_gradient(data: FoldData, weights: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Cross-entropy of the training rows, summed over folds, and its gradient."""
    loss = torch.zeros((), device=data.device)
    gradient = torch.zeros_like(weights)
    for chunk, x in data.columns.rows():
        log_p = data.log_probabilities(x, weights)
        target, weight = data.targets(chunk)[:, None, :], data.training(chunk) / data.n_training
        loss -= ((log_p * target).sum(dim=2) * weight).sum()
        residual = log_p.exp_().sub_(target).mul_(weight[:, :, None])
        gradient.addmm_(x.T, residual.view(len(x), -1))
    return loss, gradient


def _held_out(data: FoldData, weights: torch.Tensor) -> tuple[NDArray[np.float32], float]:
    """Each row's probabilities from its own fold's probe, and the mean cross-entropy of the labelled rows."""
    result = np.empty((len(data.labels), data.n_classes), dtype=np.float32)
    fold_index = torch.from_numpy(np.searchsorted(data.fold_ids, data.folds)).to(data.device)
    loss, n_counted = 0.0, 0
    for chunk, x in data.columns.rows():
        own = fold_index[chunk]
        log_p = data.log_probabilities(x, weights)[torch.arange(len(x), device=data.device), own]
        target = data.targets(chunk)
        # A label that the probe could not have learnt says nothing about the penalty.
        counted = torch.from_numpy(data.labels[chunk] >= 0).to(data.device)
        counted &= ((target > 0) & ~data.class_seen[own]).sum(dim=1) == 0
        loss -= float((log_p * target).sum(dim=1)[counted].double().sum())
        n_counted += int(counted.sum())
        result[chunk] = log_p.exp().cpu().numpy()
    return result, loss / max(n_counted, 1)
