"""A cross-validated probe of least squares: an output for each class, nearest to one or zero, and a link from outputs to probabilities.

Minimises, for each fold, the squared errors of the rows outside it plus ``penalty`` times the squared weights, around the mean of
the targets. A wrong label pulls a square less than a logarithm: what the model is sure of, it may be far from. Solved at once: all
folds share the products of the columns, less those of their own rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from datadoctor.errors import NotAvailableError
from datadoctor.stages.predictions import NEVER, FittedSquares, Link, Predictions, links

# Of columns whose rows have length 1: what a label is in doubt by, in squares.
PENALTIES = (3.0, 1.0, 0.3, 0.1, 0.03)
# The penalty needs no more evidence than these rows and columns give.
ROWS_TO_CHOOSE, COLUMNS_TO_CHOOSE = 4000, 1000
ROWS_AT_ONCE = 8192

Vectors = NDArray[np.float32] | NDArray[np.float16]


def predict(
    vectors: Vectors,
    labels: NDArray[np.int32],
    n_classes: int,
    folds: NDArray[np.int8],
    *,
    soft_labels: NDArray[np.float32] | None = None,
    penalty: float | None = None,
    link: Link | None = None,
    device: str = "cpu",
) -> Predictions:
    """Probabilities (n, n_classes) of each row from the probe that did not see it.

    ``vectors`` (n, m), rows of length 1 at most, as ``kernel.columns`` are; ``labels``, ``folds`` and ``soft_labels`` as in
    ``probe.predict``. ``penalty`` and ``link``: None to choose them, by the cross-entropy of the held-out labels. Deterministic.
    Raises ``NotAvailableError`` when some fold leaves nothing to train on.
    """
    data = _Data(vectors, labels, n_classes, folds, soft_labels, device)
    if min(data.n_training) == 0:
        raise NotAvailableError("a probe needs labelled images in at least two folds: label more images")
    penalty = penalty or _chosen(data)
    outputs = _held_out(data, penalty)
    link = link or links.fit(outputs, labels)
    name = f"least squares, {len(data.fold_ids)} folds, penalty {penalty:.3g}"
    return Predictions(link(outputs), folds.astype(np.int8), name, penalty, link=link)


def fit(
    vectors: Vectors,
    labels: NDArray[np.int32],
    n_classes: int,
    penalty: float,
    link: Link,
    *,
    soft_labels: NDArray[np.float32] | None = None,
    device: str = "cpu",
) -> FittedSquares:
    """Fit on all labelled rows, for images that come later; the arguments are those of ``predict``."""
    data = _Data(vectors, labels, n_classes, np.zeros(len(labels), np.int8), soft_labels, device)
    whole = data.products(np.flatnonzero(labels >= 0))
    weights, mean = _solved(whole, penalty)
    return FittedSquares(weights.cpu().numpy(), mean.cpu().numpy(), link)


@dataclass(frozen=True)
class _Products:
    """Of some rows: ``columns`` (m, m) and ``targets`` (m, K) products, ``sums`` (m,) and ``totals`` (K,), ``n`` of them."""

    columns: Tensor
    targets: Tensor
    sums: Tensor
    totals: Tensor
    n: int

    def less(self, other: _Products) -> _Products:
        return _Products(
            self.columns - other.columns,
            self.targets - other.targets,
            self.sums - other.sums,
            self.totals - other.totals,
            self.n - other.n,
        )


@dataclass(frozen=True)
class _Data:
    vectors: Vectors
    labels: NDArray[np.int32]
    n_classes: int
    folds: NDArray[np.int8]
    soft_labels: NDArray[np.float32] | None
    device: str

    @cached_property
    def fold_ids(self) -> NDArray[np.int8]:
        return np.unique(self.folds)

    @cached_property
    def n_training(self) -> list[int]:
        return [int(((self.folds != fold) & (self.labels >= 0)).sum()) for fold in self.fold_ids]

    def products(self, rows: NDArray[np.int64]) -> _Products:
        """Of labelled rows."""
        m = self.vectors.shape[1]
        # Of a million rows a penalty would be lost in float32.
        products, crossed, sums, totals = (
            torch.zeros(shape, dtype=torch.float64, device=self.device)
            for shape in ((m, m), (m, self.n_classes), (m,), (self.n_classes,))
        )
        for part in _parts(rows):
            x, y = self.columns(part), self.targets(part)
            products.add_(x.T @ x)
            crossed.add_(x.T @ y)
            sums.add_(x.sum(0))
            totals.add_(y.sum(0))
        return _Products(products, crossed, sums, totals, len(rows))

    def columns(self, rows: NDArray[np.int64]) -> Tensor:
        return torch.from_numpy(self.vectors[rows]).to(self.device).float()

    def targets(self, rows: NDArray[np.int64]) -> Tensor:
        if self.soft_labels is not None:
            return torch.from_numpy(np.asarray(self.soft_labels[rows], dtype=np.float32)).to(self.device)
        label = torch.from_numpy(self.labels[rows].astype(np.int64)).to(self.device)
        return torch.nn.functional.one_hot(label, self.n_classes).float()


def _held_out(data: _Data, penalty: float) -> NDArray[np.float32]:
    """(n, K) float32 outputs of each row, from the rows outside its fold."""
    outputs = np.empty((len(data.labels), data.n_classes), dtype=np.float32)
    labelled = data.labels >= 0
    whole = data.products(np.flatnonzero(labelled))
    for fold in data.fold_ids:
        inside = data.folds == fold
        outside = whole.less(data.products(np.flatnonzero(inside & labelled)))
        weights, mean = _solved(outside, penalty)
        seen = outside.totals > 1e-3
        for part in _parts(np.flatnonzero(inside)):
            made = torch.addmm(mean, data.columns(part), weights).masked_fill_(~seen, NEVER)
            outputs[part] = made.cpu().numpy()
    return outputs


def _solved(products: _Products, penalty: float) -> tuple[Tensor, Tensor]:
    """Weights (m, K) and the mean target (K,) that they are added to, float32."""
    mean = products.totals / products.n
    ridge = products.columns + penalty * torch.eye(len(products.columns), dtype=mean.dtype, device=mean.device)
    centred = products.targets - products.sums[:, None] * mean
    return torch.cholesky_solve(centred, torch.linalg.cholesky(ridge)).float(), mean.float()


def _chosen(data: _Data) -> float:
    """The penalty with which held-out labels are predicted best, from strong to weak until that gets worse."""
    labelled = np.flatnonzero(data.labels >= 0)
    rows = labelled[:: 1 + len(labelled) // ROWS_TO_CHOOSE]
    some = _Data(
        data.vectors[rows, :COLUMNS_TO_CHOOSE],
        data.labels[rows],
        data.n_classes,
        data.folds[rows],
        None if data.soft_labels is None else data.soft_labels[rows],
        data.device,
    )
    best, least = PENALTIES[0], np.inf
    for penalty in PENALTIES:
        outputs = _held_out(some, penalty)
        loss = links.loss(links.fit(outputs, some.labels), outputs, some.labels)
        if loss >= least:
            break
        best, least = penalty, loss
    return best


def _parts(rows: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    for start in range(0, len(rows), ROWS_AT_ONCE):
        yield rows[start : start + ROWS_AT_ONCE]
