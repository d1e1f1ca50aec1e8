"""A linear probe fitted once on all rows, for images that come later: its weights are kept, and never fitted again."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray

from datadoctor.stages.predictions import FittedProbe, probe
from datadoctor.stages.predictions.columns import Columns
from datadoctor.stages.predictions.fold_data import FoldData


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
    columns = Columns(vectors, device, n_classes)
    data = _AllRows(columns, labels, n_classes, np.zeros(len(labels), np.int8), soft_labels)
    weights = probe.fit(data, penalty)
    if columns.rotation is not None:
        weights = torch.cat([columns.rotation @ weights[:-1], weights[-1:]])
    mean, scale = columns.moments
    return FittedProbe(mean.cpu().numpy(), scale.cpu().numpy(), weights.cpu().numpy())


class _AllRows(FoldData):
    """One fold, and no row in it: its probe sees them all."""

    @cached_property
    def fold_ids(self) -> NDArray[np.int8]:
        return np.ones(1, dtype=np.int8)
