"""Cross-validated binary probes, one a class, on the same embeddings: all classes and folds are fitted in one pass over the data.

Minimises, for each fold and class, the mean binary cross-entropy over the rows outside the fold plus ``l2 / 2`` times the squared weights
(not the intercept), on columns standardised to variance 1. L-BFGS works in coordinates in which the bound on the Hessian of logistic
regression (a quarter of the columns' covariance plus the penalty; Boehning & Lindsay 1988, Ann. Inst. Stat. Math. 40) is the
identity. From strong penalties to weak ones in decades, until the held-out cross-entropy of all classes together stops falling;
each class keeps the penalty that predicts it best.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
import torch
from numpy.typing import NDArray

from datadoctor.stages.label_sets import SetPredictions, labelled
from datadoctor.stages.predictions import FittedProbe
from datadoctor.stages.predictions.columns import Columns
from datadoctor.stages.predictions.descent import descend

PENALTIES = tuple(10.0 ** (1 - step) for step in range(7))
STEPS = 12


@dataclass(frozen=True)
class SetData:
    """``columns`` of n rows; ``targets`` (n, K) float32 in [0, 1]; ``known`` (n,) bool: rows to learn from; ``folds`` (n,) int8."""

    columns: Columns
    targets: NDArray[np.float32]
    known: NDArray[np.bool_]
    folds: NDArray[np.int8]
    fold_ids: NDArray[np.int8]

    @property
    def n_classes(self) -> int:
        """How many classes."""
        return int(self.targets.shape[1])

    @cached_property
    def n_training(self) -> torch.Tensor:
        """(folds,) rows that each is learnt from, at least 1."""
        counts = [max(int((self.known & (self.folds != fold)).sum()), 1) for fold in self.fold_ids]
        return torch.tensor(counts, dtype=torch.float32, device=self.columns.device)

    def parts(self) -> Iterator[tuple[slice, torch.Tensor, torch.Tensor, torch.Tensor]]:
        """For each chunk: rows, columns, targets (rows, 1, K), and weight (rows, folds, 1) of each in the training of a fold."""
        device = self.columns.device
        for chunk, x in self.columns.rows():
            target = torch.from_numpy(np.ascontiguousarray(self.targets[chunk])).to(device)
            outside = (self.folds[chunk, None] != self.fold_ids[None, :]) & self.known[chunk, None]
            weight = torch.from_numpy(outside.astype(np.float32)).to(device) / self.n_training
            yield chunk, x, target[:, None, :], weight[:, :, None]


def predict(
    vectors: NDArray[np.float32] | NDArray[np.float16],
    several: NDArray[np.int8],
    folds: NDArray[np.int8],
    *,
    device: str = "cpu",
) -> SetPredictions:
    """Log-odds (n, K) of each class from the probes that did not see the row; deterministic.

    ``vectors`` (n, d) float32 or float16; ``several`` (n, K) int8: 1, 0, or -1 in rows without labels, which are never trained
    on; ``folds`` (n,) int8.
    """
    fold_ids = np.unique(folds)
    columns = Columns(vectors, device, len(fold_ids) * several.shape[1])
    targets = np.maximum(several, 0).astype(np.float32)
    data = SetData(columns, targets, labelled(several), folds, fold_ids)
    weights, best_loss = _start(data), np.full(data.n_classes, np.inf)
    logits, penalties = np.zeros_like(targets), np.full(data.n_classes, PENALTIES[0])
    before = np.inf
    for penalty in PENALTIES:
        weights = _fit(data, weights, penalty)
        held_out, loss = _held_out(data, weights)
        better = loss < best_loss
        logits[:, better], penalties[better], best_loss[better] = held_out[:, better], penalty, loss[better]
        if loss.sum() >= before:
            break
        before = loss.sum()
    return SetPredictions(logits, penalties)


def fit(
    vectors: NDArray[np.float32],
    several: NDArray[np.int8],
    penalties: NDArray[np.float64],
    *,
    device: str = "cpu",
) -> FittedProbe:
    """The probes of all classes fitted once on all rows, each with the penalty that was chosen for it."""
    columns = Columns(vectors, device, several.shape[1])
    targets = np.maximum(several, 0).astype(np.float32)
    rows = np.zeros(len(several), dtype=np.int8)
    data = SetData(columns, targets, labelled(several), rows, np.ones(1, dtype=np.int8))
    weights, kept = _start(data), torch.zeros(columns.n_columns, data.n_classes, device=device)
    for penalty in PENALTIES:
        if penalty < penalties.min(initial=np.inf):
            break
        weights = _fit(data, weights, penalty)
        chosen = torch.from_numpy(penalties == penalty).to(device)
        kept[:, chosen] = weights[:, chosen]
    if columns.rotation is not None:
        kept = torch.cat([columns.rotation @ kept[:-1], kept[-1:]])
    mean, scale = columns.moments
    return FittedProbe(mean.cpu().numpy(), scale.cpu().numpy(), kept.cpu().numpy())


def _start(data: SetData) -> torch.Tensor:
    """Weights (columns, folds * K) that predict each class as often as it is there."""
    share = data.targets[data.known].mean(axis=0) if data.known.any() else np.full(data.n_classes, 0.5)
    odds = np.log((share + 1e-4) / (1 - share + 1e-4)).astype(np.float32)
    weights = torch.zeros(data.columns.n_columns, len(data.fold_ids) * data.n_classes, device=data.columns.device)
    weights[-1] = torch.from_numpy(np.tile(odds, len(data.fold_ids))).to(data.columns.device)
    return weights


def _fit(data: SetData, start: torch.Tensor, penalty: float) -> torch.Tensor:
    return descend(partial(_loss_and_gradient, data), start, data.columns.covariance / 4, penalty, STEPS)


def _loss_and_gradient(data: SetData, weights: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Cross-entropy of the training rows, summed over folds and classes, and its gradient."""
    loss = torch.zeros((), device=weights.device)
    gradient = torch.zeros_like(weights)
    for _, x, target, weight in data.parts():
        logits = (x @ weights).view(len(x), len(data.fold_ids), data.n_classes)
        loss += ((torch.nn.functional.softplus(logits) - logits * target) * weight).sum()
        residual = (torch.sigmoid(logits) - target) * weight
        gradient.addmm_(x.T, residual.view(len(x), -1))
    return loss, gradient


def _held_out(data: SetData, weights: torch.Tensor) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Log-odds (n, K) of each row from its own fold's probes, and the mean cross-entropy (K,) of the rows with labels."""
    result = np.empty(data.targets.shape, dtype=np.float32)
    fold = torch.from_numpy(np.searchsorted(data.fold_ids, data.folds)).to(weights.device)
    loss = np.zeros(data.n_classes)
    for chunk, x, target, _ in data.parts():
        logits = (x @ weights).view(len(x), len(data.fold_ids), data.n_classes)
        own = logits[torch.arange(len(x), device=weights.device), fold[chunk]]
        terms = torch.nn.functional.softplus(own) - own * target[:, 0]
        loss += terms[torch.from_numpy(data.known[chunk]).to(weights.device)].double().sum(dim=0).cpu().numpy()
        result[chunk] = own.cpu().numpy()
    return result, loss / max(int(data.known.sum()), 1)
