"""Datasets with planted wrong labels, and out-of-sample probabilities for them, made in milliseconds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datadoctor.stages.index import Neighbours
from datadoctor.stages.label_quality.views import View, of_probe
from datadoctor.stages.predictions import folds, probe


@dataclass(frozen=True)
class Planted:
    """n points around class centres; ``wrong`` (n,) bool are those given another class than the one they were drawn from."""

    vectors: NDArray[np.float32]
    labels: NDArray[np.int32]
    truth: NDArray[np.int32]

    @property
    def wrong(self) -> NDArray[np.bool_]:
        return np.asarray(self.labels != self.truth)

    @property
    def classes(self) -> tuple[str, ...]:
        return tuple(f"class {index}" for index in range(int(self.truth.max()) + 1))

    def view(self, labels: NDArray[np.int32] | None = None) -> View:
        labels = self.labels if labels is None else labels
        rows = np.arange(len(labels), dtype=np.int32)
        held_out = folds.assign(labels, rows, [f"{row:064d}" for row in rows])
        predictions = probe.predict(self.vectors, labels, len(self.classes), held_out)
        return of_probe("probe", predictions, self.vectors, labels)

    def neighbours(self, k: int = 30) -> Neighbours:
        unit = self.vectors / np.linalg.norm(self.vectors, axis=1, keepdims=True)
        cosines = unit @ unit.T
        np.fill_diagonal(cosines, -np.inf)
        rows = np.argsort(-cosines, axis=1, kind="stable")[:, :k].astype(np.int32)
        return Neighbours(rows, np.take_along_axis(cosines, rows.astype(np.int64), axis=1), "exact", 1.0)


def planted(n: int = 600, k: int = 5, d: int = 16, spread: float = 0.6, rate: float = 0.1, seed: int = 0) -> Planted:
    """``rate`` of the labels replaced by another class, uniformly."""
    random = np.random.default_rng(seed)
    truth = (np.arange(n) % k).astype(np.int32)
    vectors = random.normal(size=(k, d))[truth] + spread * random.normal(size=(n, d))
    labels = truth.copy()
    chosen = random.choice(n, round(rate * n), replace=False)
    labels[chosen] = (truth[chosen] + random.integers(1, k, len(chosen))) % k
    return Planted(vectors.astype(np.float32), labels, truth)
