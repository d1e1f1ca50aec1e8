"""Predictions: class probabilities of each image, made without having seen its own given label."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# The output of least squares for a class that nothing outside a fold is labelled with: a large negative number.
NEVER = -1e4


@dataclass(frozen=True, slots=True)
class Link:
    """From outputs of least squares to probabilities: proportional to exp(slope * output) * max(output, floor) ** power.

    ``slope`` and ``power`` are 0 or more, ``floor`` is in (0, 1). A class whose output is ``NEVER`` has probability 0.
    """

    slope: float
    power: float
    floor: float

    def __call__(self, outputs: NDArray[np.float32]) -> NDArray[np.float32]:
        """Probabilities (m, K) float32 of ``outputs`` (m, K) float32; rows sum to 1."""
        logits = np.float32(self.slope) * outputs
        logits += np.float32(self.power) * np.log(np.maximum(outputs, np.float32(self.floor)))
        logits[outputs <= NEVER / 2] = NEVER
        p = np.exp(logits - logits.max(axis=1, keepdims=True, initial=-np.inf))
        result: NDArray[np.float32] = p / p.sum(axis=1, keepdims=True)
        return result


@dataclass(frozen=True, slots=True)
class FoldProbes:
    """The linear probes behind out-of-sample probabilities, one a fold: a row's own is that of the fold it was held out in.

    ``mean`` and ``scale`` (d,) float32 standardise columns; ``rotation`` (d, r) float32 turns them onto r components, (0, 0) where they
    are not turned; ``weights`` (r + 1 or d + 1, F, K) float32, the last row intercepts; ``folds`` (F,) int8 names the folds.
    """

    mean: NDArray[np.float32]
    scale: NDArray[np.float32]
    rotation: NDArray[np.float32]
    weights: NDArray[np.float32]
    folds: NDArray[np.int8]

    def of_class(self, fold: int, number: int) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
        """How the logit of a class exceeds the mean logit of all, for a vector x: ``(x - mean) @ slope + intercept``.

        Returns ``slope`` (d,), ``mean`` (d,) and ``intercept``. The difference of two classes' logits is that of two such sums.
        """
        own = self.weights[:, int(np.searchsorted(self.folds, fold))]
        apart = own[:, number] - own.mean(axis=1)
        slope = self.rotation @ apart[:-1] if self.rotation.size else apart[:-1]
        return (slope * self.scale).astype(np.float64), self.mean.astype(np.float64), float(apart[-1])


@dataclass(frozen=True, slots=True)
class Predictions:
    """Out-of-sample predicted probabilities.

    ``probabilities`` (n, K) float32, rows sum to 1, columns in the order of ``Dataset.classes``; possibly memory-mapped.
    ``folds`` (n,) int8: the fold in which each row was held out, -1 when brought by the user. ``made_by`` names the model.
    ``penalty``: the L2 strength chosen for a probe, None for other models. ``probes``: what they follow from, where that is linear.
    ``link``: that of a probe of least squares.
    """

    probabilities: NDArray[np.float32]
    folds: NDArray[np.int8]
    made_by: str
    penalty: float | None = None
    probes: FoldProbes | None = None
    link: Link | None = None


@dataclass(frozen=True, slots=True)
class FittedProbe:
    """A linear probe fitted once on all rows: it predicts images that come later, and is never fitted again.

    ``mean`` and ``scale`` (d,) float32 standardise columns; ``weights`` (d + 1, K) float32, the last row intercepts.
    """

    mean: NDArray[np.float32]
    scale: NDArray[np.float32]
    weights: NDArray[np.float32]

    def predict(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Class probabilities (m, K) float32 of ``vectors`` (m, d) float32; rows sum to 1."""
        logits = ((vectors - self.mean) * self.scale) @ self.weights[:-1] + self.weights[-1]
        shifted = np.exp(logits - logits.max(axis=1, keepdims=True, initial=-np.inf))
        result: NDArray[np.float32] = (shifted / shifted.sum(axis=1, keepdims=True)).astype(np.float32)
        return result


@dataclass(frozen=True, slots=True)
class FittedSquares:
    """A probe of least squares fitted once on all rows: ``weights`` (m, K) and ``mean`` (K,) float32, and the ``link``."""

    weights: NDArray[np.float32]
    mean: NDArray[np.float32]
    link: Link

    def predict(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Class probabilities (n, K) float32 of ``vectors`` (n, m) float32; rows sum to 1."""
        return self.link(vectors @ self.weights + self.mean)
