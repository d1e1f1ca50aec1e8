"""A linear probe fitted once on all rows, for images that come later: its weights are kept, and never fitted again."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray

from datadoctor.stages.predictions.probe import _Data, _fit


@dataclass(frozen=True, slots=True)
class FittedProbe:
    """``mean`` and ``scale`` (d,) float32 standardise columns; ``weights`` (d + 1, K) float32, the last row intercepts."""

    mean: NDArray[np.float32]
    scale: NDArray[np.float32]
    weights: NDArray[np.float32]

    def predict(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Class probabilities (m, K) float32 of ``vectors`` (m, d) float32; rows sum to 1."""
        logits = ((vectors - self.mean) * self.scale) @ self.weights[:-1] + self.weights[-1]
        shifted = np.exp(logits - logits.max(axis=1, keepdims=True, initial=-np.inf))
        result: NDArray[np.float32] = (shifted / shifted.sum(axis=1, keepdims=True)).astype(np.float32)
        return result


def fit(
    vectors: NDArray[np.float32],
    labels: NDArray[np.int32],
    n_classes: int,
    penalty: float,
    *,
    soft_labels: NDArray[np.float32] | None = None,
    device: str = "cpu",
) -> FittedProbe:
    """Fit on all labelled rows; the arguments are those of ``probe.predict``, ``penalty`` the one it chose. Deterministic."""
    data = _AllRows(vectors, labels, n_classes, np.zeros(len(labels), np.int8), soft_labels, device)
    weights = _fit(data, torch.zeros(data.n_columns, n_classes, device=device), penalty)
    if data.rotation is not None:
        weights = torch.cat([data.rotation @ weights[:-1], weights[-1:]])
    mean, scale = data._moments
    return FittedProbe(mean.cpu().numpy(), scale.cpu().numpy(), weights.cpu().numpy())


class _AllRows(_Data):
    """One fold, and no row in it: its probe sees them all."""

    @cached_property
    def fold_ids(self) -> NDArray[np.int8]:
        return np.ones(1, dtype=np.int8)
