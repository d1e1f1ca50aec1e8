"""What a probe is fitted on: standardised rows in chunks, with the weight of each row in the training of each fold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray

# More columns than this are rotated onto their leading principal components, which keeps the model (the penalty does not change
# under rotation) but for directions of little variance, and takes a fraction of the time.
MOST_COLUMNS = 768
BYTES_IN_MEMORY = 2**30
CHUNK_VALUES = 2**24


@dataclass(frozen=True)
class FoldData:
    """Standardised rows in chunks, with the weight of each row in the training of each fold."""

    vectors: NDArray[np.float32] | NDArray[np.float16]
    labels: NDArray[np.int32]
    n_classes: int
    folds: NDArray[np.int8]
    soft_labels: NDArray[np.float32] | None
    device: str

    @cached_property
    def fold_ids(self) -> NDArray[np.int8]:
        """The folds, sorted."""
        return np.unique(self.folds)

    @property
    def n_folds(self) -> int:
        """How many there are."""
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
        """Rows that are worked on at once."""
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
