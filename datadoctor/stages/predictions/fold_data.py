"""What the probes of all folds are fitted to: each row's target, and its weight in the training of each fold."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray

from datadoctor.stages.predictions.columns import Columns


@dataclass(frozen=True)
class FoldData:
    """``columns`` of n rows; ``labels`` (n,) int32, -1 for none; ``folds`` (n,) int8; ``soft_labels`` (n, n_classes) or None."""

    columns: Columns
    labels: NDArray[np.int32]
    n_classes: int
    folds: NDArray[np.int8]
    soft_labels: NDArray[np.float32] | None

    @property
    def device(self) -> str:
        """Where it is fitted."""
        return self.columns.device

    @cached_property
    def fold_ids(self) -> NDArray[np.int8]:
        """The folds, sorted."""
        return np.unique(self.folds)

    @property
    def n_folds(self) -> int:
        """How many there are."""
        return len(self.fold_ids)

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
