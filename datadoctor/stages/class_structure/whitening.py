"""Directions in which images of one class do not differ: what varies within classes counts little, what tells them apart much.

Vectors are divided by the spread within classes (the whitening of linear discriminant analysis; its covariance shrunk by
Ledoit & Wolf 2004). Classes that are judged by it must not shape it, since two things under one name would count as spread
within a class: they are left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

DIMENSIONS = 256
MOST_ITEMS = 20_000
ROUNDING = 1e-9


class Whitening:
    """The spread within the classes ``rows`` (class to its rows of ``vectors`` (n, d)), along their principal directions."""

    def __init__(self, vectors: NDArray[np.float32], rows: Mapping[int, NDArray[np.int64]]) -> None:
        from sklearn.covariance import ledoit_wolf_shrinkage

        most = max(2, MOST_ITEMS // len(rows))
        items = {given: vectors[own[:most]].astype(np.float64) for given, own in rows.items()}
        together = np.concatenate(list(items.values()))
        together -= together.mean(axis=0)
        self._vectors, self._principal = vectors, _principal(together)
        projected = {given: own @ self._principal for given, own in items.items()}
        self._means = {given: own.mean(axis=0) for given, own in projected.items()}
        self._around = {given: own - self._means[given] for given, own in projected.items()}
        around = np.concatenate(list(self._around.values()))
        self._scatter = around.T @ around
        self._freedom = len(around) - len(items)
        self._shrinkage = float(ledoit_wolf_shrinkage(around, assume_centered=True)) if around.any() else 1.0

    def without(self, left_out: Sequence[int], rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """(m, min(d, 256)) the rows, seen from the middle of the classes not left out and over the spread within those."""
        from scipy.linalg import cholesky, solve_triangular

        own = [self._around[given] for given in left_out]
        scatter = self._scatter - np.sum([x.T @ x for x in own], axis=0)
        covariance = scatter / max(self._freedom - sum(len(x) - 1 for x in own), 1)
        mean_variance = float(np.trace(covariance)) / len(covariance)
        even = np.eye(len(covariance)) * (mean_variance if mean_variance > 0 else 1.0)
        shrunk = (1 - self._shrinkage) * covariance + (self._shrinkage + ROUNDING) * even
        middle = np.mean([mean for given, mean in self._means.items() if given not in left_out], axis=0)
        directions = self._vectors[rows].astype(np.float64) @ self._principal - middle
        whitened: NDArray[np.float32] = solve_triangular(cholesky(shrunk, lower=True), directions.T, lower=True).T
        return whitened.astype(np.float32)


def _principal(centred: NDArray[np.float64]) -> NDArray[np.float64]:
    """(d, min(d, 256)) the principal directions of rows (n, d), zeros for those in which none differ."""
    n, d = centred.shape
    if n >= d:
        return np.asarray(np.linalg.eigh(centred.T @ centred)[1][:, ::-1][:, :DIMENSIONS])
    # Of fewer rows than columns the products of the rows tell the same, in a fraction of the time.
    values, left = np.linalg.eigh(centred @ centred.T)
    differ = values > ROUNDING * max(values[-1], 0)
    found = (centred.T @ left[:, differ] / np.sqrt(values[differ]))[:, ::-1][:, :DIMENSIONS]
    return np.pad(found, ((0, 0), (0, min(d, DIMENSIONS) - found.shape[1])))
