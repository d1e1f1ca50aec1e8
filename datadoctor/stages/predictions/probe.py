"""A cross-validated linear probe: multinomial logistic regression on embeddings, all folds fitted in one pass over the data.

Minimises, for each fold, the mean cross-entropy over the rows outside it plus ``l2 / 2`` times the squared weights (not the
intercepts), on columns standardised to variance 1. L-BFGS works in coordinates in which Boehning's bound on the Hessian
(Boehning 1992, Ann. Inst. Stat. Math. 44: a multiple of the columns' covariance plus the penalty) is the identity, so a few
steps suffice. The penalty is chosen for the dataset: from strong to weak, until the cross-entropy of the held-out rows stops
falling.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from datadoctor.errors import NotAvailableError
from datadoctor.progress import Silent
from datadoctor.stages.predictions import Predictions

if TYPE_CHECKING:
    from datadoctor.progress import Progress

PENALTIES = tuple(10.0 ** (1 - step / 2) for step in range(13))
STEPS = 30
# More columns than this are rotated onto their leading principal components, which keeps the model (the penalty does not change
# under rotation) but for directions of little variance, and takes a fraction of the time.
MOST_COLUMNS = 768
BYTES_IN_MEMORY = 2**30
CHUNK_VALUES = 2**24


def predict(
    vectors: NDArray[np.float32] | NDArray[np.float16],
    labels: NDArray[np.int32],
    n_classes: int,
    folds: NDArray[np.int8],
    *,
    soft_labels: NDArray[np.float32] | None = None,
    penalties: Sequence[float] = PENALTIES,
    device: str = "cpu",
    progress: Progress | None = None,
) -> Predictions:
    """Probabilities (n, n_classes) of each row from the probe that did not see it.

    ``vectors`` (n, d) float32 or float16, read in chunks where they are large; ``labels`` (n,) int32, rows with -1 are predicted but
    never trained on; ``folds`` (n,) int8. ``soft_labels`` (n, n_classes) float32, rows summing to 1, replace the labels as
    targets (of labelled rows). ``penalties``: L2 strengths to try, strongest first. A class with no labelled row outside a fold
    gets probability 0 in it. Deterministic.
    Raises ``NotAvailableError`` when some fold leaves nothing to train on.
    """
    data = _Data(vectors, labels, n_classes, folds, soft_labels, device)
    if not data.class_seen.any(dim=1).all():
        raise NotAvailableError("a probe needs labelled images in at least two folds: label more images")
    best, best_loss, best_penalty = None, float("inf"), penalties[0]
    weights = torch.zeros(data.n_columns, data.n_folds * n_classes, device=device)
    with (progress or Silent()).stage("Fitting the probe", len(penalties)) as advance:
        for penalty in penalties:
            weights = _fit(data, weights, penalty)
            probabilities, loss = _held_out(data, weights)
            advance(1)
            if loss >= best_loss:
                break
            best, best_loss, best_penalty = probabilities, loss, penalty
    assert best is not None
    name = f"linear probe, {data.n_folds} folds, l2 {best_penalty:.3g}"
    return Predictions(best, folds.astype(np.int8), name, best_penalty)


@dataclass(frozen=True)
class _Data:
    """Standardised rows in chunks, with the weight of each row in the training of each fold."""

    vectors: NDArray[np.float32] | NDArray[np.float16]
    labels: NDArray[np.int32]
    n_classes: int
    folds: NDArray[np.int8]
    soft_labels: NDArray[np.float32] | None
    device: str

    @cached_property
    def fold_ids(self) -> NDArray[np.int8]:
        return np.unique(self.folds)

    @property
    def n_folds(self) -> int:
        return len(self.fold_ids)

    @property
    def n_columns(self) -> int:
        """Columns that are fitted, with the constant one."""
        return min(int(self.vectors.shape[1]), MOST_COLUMNS) + 1

    @cached_property
    def class_seen(self) -> torch.Tensor:
        """(n_folds, n_classes) bool: whether some row outside the fold has the class as its label."""
        seen = np.zeros((self.n_folds, self.n_classes), dtype=bool)
        for index, fold in enumerate(self.fold_ids):
            outside = self.labels[(self.folds != fold) & (self.labels >= 0)]
            seen[index] = np.bincount(outside, minlength=self.n_classes) > 0
            if self.soft_labels is not None and seen[index].any():
                seen[index] = True
        return torch.from_numpy(seen).to(self.device)

    @cached_property
    def n_training(self) -> torch.Tensor:
        """(n_folds,) labelled rows outside each fold, at least 1."""
        counts = [max(int(((self.folds != fold) & (self.labels >= 0)).sum()), 1) for fold in self.fold_ids]
        return torch.tensor(counts, dtype=torch.float32, device=self.device)

    @cached_property
    def chunks(self) -> list[slice]:
        step = max(1, CHUNK_VALUES // max(self.vectors.shape[1], self.n_folds * self.n_classes))
        return [slice(start, start + step) for start in range(0, len(self.labels), step)]

    @cached_property
    def _moments(self) -> tuple[torch.Tensor, torch.Tensor]:
        total = np.zeros(self.vectors.shape[1])
        squares = np.zeros(self.vectors.shape[1])
        for chunk in self.chunks:
            x = self.vectors[chunk].astype(np.float64)
            total += x.sum(axis=0)
            squares += (x * x).sum(axis=0)
        mean = total / len(self.labels)
        variance = squares / len(self.labels) - mean**2
        # Columns that only hold rounding noise stay at zero.
        floor = 1e-10 * (squares / len(self.labels) + 1e-30)
        scale = np.where(variance > floor, 1 / np.sqrt(np.maximum(variance, floor)), 0.0)
        as_tensor = [torch.from_numpy(v.astype(np.float32)).to(self.device) for v in (mean, scale)]
        return as_tensor[0], as_tensor[1]

    def _standardised(self, chunk: slice) -> torch.Tensor:
        mean, scale = self._moments
        # A copy: memory-mapped rows are read-only, which PyTorch does not support.
        x = torch.from_numpy(np.array(self.vectors[chunk], dtype=np.float32)).to(self.device)
        return (x - mean) * scale

    def _columns(self, chunk: slice) -> torch.Tensor:
        x = self._standardised(chunk)
        return torch.nn.functional.pad(x if self.rotation is None else x @ self.rotation, (0, 1), value=1.0)

    @cached_property
    def rotation(self) -> torch.Tensor | None:
        """(d, MOST_COLUMNS) orthonormal leading components of the standardised rows; None where there are few columns.

        Randomised subspace iteration (Halko, Martinsson & Tropp 2011, SIAM Review 53, algorithm 4.4).
        """
        d = int(self.vectors.shape[1])
        if d <= MOST_COLUMNS:
            return None
        generator = torch.Generator().manual_seed(0)
        basis = torch.randn(d, MOST_COLUMNS, generator=generator).to(self.device)
        for _ in range(3):
            product = torch.zeros_like(basis)
            for chunk in self.chunks:
                x = self._standardised(chunk)
                product.addmm_(x.T, x @ basis)
            basis = torch.linalg.qr(product).Q
        return basis

    @cached_property
    def _kept(self) -> list[torch.Tensor] | None:
        fits = len(self.labels) * self.n_columns * 4 <= BYTES_IN_MEMORY
        return [self._columns(chunk) for chunk in self.chunks] if fits else None

    def rows(self) -> Iterator[tuple[slice, torch.Tensor]]:
        """Each chunk with its standardised columns and the constant one."""
        for index, chunk in enumerate(self.chunks):
            yield chunk, self._kept[index] if self._kept is not None else self._columns(chunk)

    def targets(self, chunk: slice) -> torch.Tensor:
        """(rows, n_classes) float32: the soft labels, or ones at the labels (rows without a label are never weighted)."""
        if self.soft_labels is not None:
            return torch.from_numpy(np.ascontiguousarray(self.soft_labels[chunk], dtype=np.float32)).to(self.device)
        label = torch.from_numpy(np.maximum(self.labels[chunk], 0).astype(np.int64)).to(self.device)
        return torch.nn.functional.one_hot(label, self.n_classes).float()

    def training(self, chunk: slice) -> torch.Tensor:
        """(rows, n_folds) float32: 1 where a labelled row trains the probe of the fold."""
        outside = self.folds[chunk, None] != self.fold_ids[None, :]
        return torch.from_numpy((outside & (self.labels[chunk, None] >= 0)).astype(np.float32)).to(self.device)

    def log_probabilities(self, x: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
        """(rows, n_folds, n_classes) from each fold's probe."""
        logits = (x @ weights).view(len(x), self.n_folds, self.n_classes)
        # A large negative number, not -inf: its product with a zero target must be zero.
        return torch.log_softmax(logits.masked_fill_(~self.class_seen, -1e4), dim=2)

    @cached_property
    def covariance(self) -> torch.Tensor:
        """(columns, columns) mean outer product of the standardised rows with the constant one."""
        gram = torch.zeros(self.n_columns, self.n_columns, device=self.device)
        for _, x in self.rows():
            gram.addmm_(x.T, x)
        return gram / len(self.labels)


def _fit(data: _Data, start: torch.Tensor, penalty: float) -> torch.Tensor:
    """Weights (columns, n_folds * n_classes) for one penalty, from a starting point."""
    shrink = torch.full((data.n_columns, 1), penalty, device=data.device)
    shrink[-1] = 0.0
    hessian = data.covariance / data.n_classes + torch.diag(shrink[:, 0] + 1e-6)
    factor = torch.linalg.cholesky(hessian)
    u = (factor.T @ start).contiguous().requires_grad_()
    optimiser = torch.optim.LBFGS(
        [u], max_iter=STEPS, history_size=10, tolerance_change=1e-7, line_search_fn="strong_wolfe"
    )

    def closure() -> torch.Tensor:
        with torch.no_grad():
            weights = torch.linalg.solve_triangular(factor.T, u, upper=True)
            loss, gradient = _loss_and_gradient(data, weights)
            loss += 0.5 * (shrink * weights * weights).sum()
            u.grad = torch.linalg.solve_triangular(factor, gradient + shrink * weights, upper=False).contiguous()
        return loss

    optimiser.step(closure)  # type: ignore[no-untyped-call]
    fitted: torch.Tensor = torch.linalg.solve_triangular(factor.T, u.detach(), upper=True)
    return fitted


def _loss_and_gradient(data: _Data, weights: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Cross-entropy of the training rows, summed over folds, and its gradient."""
    loss = torch.zeros((), device=data.device)
    gradient = torch.zeros_like(weights)
    for chunk, x in data.rows():
        log_p = data.log_probabilities(x, weights)
        target, weight = data.targets(chunk)[:, None, :], data.training(chunk) / data.n_training
        loss -= ((log_p * target).sum(dim=2) * weight).sum()
        residual = log_p.exp_().sub_(target).mul_(weight[:, :, None])
        gradient.addmm_(x.T, residual.view(len(x), -1))
    return loss, gradient


def _held_out(data: _Data, weights: torch.Tensor) -> tuple[NDArray[np.float32], float]:
    """Each row's probabilities from its own fold's probe, and the mean cross-entropy of the labelled rows."""
    result = np.empty((len(data.labels), data.n_classes), dtype=np.float32)
    fold_index = torch.from_numpy(np.searchsorted(data.fold_ids, data.folds)).to(data.device)
    loss, n_counted = 0.0, 0
    for chunk, x in data.rows():
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
