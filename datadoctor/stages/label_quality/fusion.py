"""Fusion: several views made one, each weighted by how much it helps to predict given labels it has not seen.

A logarithmic opinion pool (Genest & Zidek 1986, Statistical Science 1): log p = sum of weight times log view, less a constant.
The weights, none negative, minimise the cross-entropy of the given labels; every view is out-of-sample, so a handful of
weights cannot overfit, and a view that adds nothing gets weight 0. Their sum also calibrates: below 1 it softens, above 1 it
sharpens. Views that are never wrong on a few images would be sharpened without end: one more image is imagined, an average one, of
which every class is as likely to be the label (the conjugate prior of Diaconis & Ylvisaker 1979, Annals of Statistics 7, of one image).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

# A view may be wrong with certainty; one millionth keeps its veto finite.
FLOOR = np.float32(1e-6)
# Weights of a few views need no more evidence than this.
VALUES_TO_FIT = 2**22
# In log-likelihood: noise gains as much in 7 of 1,000 cases.
GAIN_BEYOND_CHANCE = 3.0


class Rows(Protocol):
    """Probabilities (n, K) of which some rows are read at a time: an array, or a file."""

    @property
    def shape(self) -> tuple[int, ...]:
        """(n, K)."""

    def __getitem__(self, rows: NDArray[np.int64], /) -> NDArray[np.float32]:
        """Those rows (m, K) float32."""


@dataclass(frozen=True)
class Pool:
    """Views (n, K) and their weights; ``pool[rows]`` are the fused probabilities (m, K) float32, rows summing to 1."""

    views: tuple[Rows, ...]
    weights: NDArray[np.float64]

    @property
    def n_classes(self) -> int:
        """K."""
        return int(self.views[0].shape[1])

    def __getitem__(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        total = np.zeros((len(rows), self.n_classes), dtype=np.float32)
        for view, weight in zip(self.views, self.weights, strict=True):
            if weight > 0:
                log = np.maximum(view[rows], FLOOR)
                np.log(log, out=log)
                log *= np.float32(weight)
                total += log
        return softmax(total)

    def sharpened(self, sharpness: float) -> Pool:
        """The pool with all weights multiplied."""
        return Pool(self.views, self.weights * sharpness)


def fit(views: Sequence[Rows], labels: NDArray[np.int32], rows: NDArray[np.int64]) -> Pool:
    """The pool that predicts the given labels of ``rows`` best; ``labels`` (n,) int32, 0 or more in those rows."""
    from scipy.optimize import minimize

    start = np.full(len(views), 1 / len(views))
    some = sample(rows, views[0].shape[1])
    logs = [np.log(np.maximum(view[some], FLOOR)) for view in views]
    each, given = np.arange(len(some)), labels[some]
    # One imagined image more.
    share = 1 / (len(some) + 1)
    wanted = np.array(
        [(1 - share) * log[each, given].mean(dtype=np.float64) + share * log.mean(dtype=np.float64) for log in logs]
    )

    def loss(weight: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        total = np.sum([np.float32(w) * log for w, log in zip(weight, logs, strict=True)], axis=0)
        largest = total.max(axis=1)
        fused = softmax(total)
        # The most probable class has exp(0) over the sum.
        normaliser = (largest - np.log(fused.max(axis=1))).mean(dtype=np.float64)
        expected = np.array([(fused * log).sum(axis=1).mean(dtype=np.float64) for log in logs])
        return float(normaliser - weight @ wanted), expected - wanted

    bounds = [(0.0, None)] * len(views)
    found: NDArray[np.float64] = minimize(loss, start, jac=True, bounds=bounds, method="L-BFGS-B").x
    # No view beats guessing: then none is better than another.
    return Pool(tuple(views), found if found.sum() > 1e-3 else start)


def fused(views: Sequence[Rows], labels: NDArray[np.int32]) -> NDArray[np.float32]:
    """(n, K) float32, rows sum to 1: the views as one; ``labels`` (n,) int32, -1 for none."""
    return fit(views, labels, np.flatnonzero(labels >= 0))[np.arange(len(labels))]


def informs(pool: Pool, labels: NDArray[np.int32], rows: NDArray[np.int64]) -> bool:
    """Whether the pool predicts the given labels of ``rows`` better than the class shares do, beyond two standard errors."""
    some = sample(rows, pool.n_classes)
    shares = np.bincount(labels[rows], minlength=pool.n_classes) / len(rows)
    gain = np.log(_at_labels(pool, labels, some) / shares[labels[some]])
    return bool(gain.mean() > 2 * gain.std() / np.sqrt(len(some)) + 1e-6)


def adds(view: Rows, others: Sequence[Rows], labels: NDArray[np.int32], rows: NDArray[np.int64]) -> bool:
    """Whether the given labels of ``rows`` are predicted better with the view than by the others alone, beyond chance.

    Of a view of noise twice the gain in log-likelihood is chi-squared with one degree of freedom, half of the time, and else 0
    (Wilks 1938, Annals of Mathematical Statistics 9; the weight is not negative).
    """
    some = sample(rows, view.shape[1])
    with_it, without = (
        np.log(_at_labels(fit(views, labels, rows), labels, some)).sum(dtype=np.float64)
        for views in ([*others, view], others)
    )
    return bool(with_it - without > GAIN_BEYOND_CHANCE)


def _at_labels(pool: Pool, labels: NDArray[np.int32], rows: NDArray[np.int64]) -> NDArray[np.float32]:
    """(m,) the probability of the given label of each of ``rows``, never 0."""
    at_labels: NDArray[np.float32] = np.maximum(pool[rows][np.arange(len(rows)), labels[rows]], FLOOR)
    return at_labels


def sample(rows: NDArray[np.int64], n_classes: int) -> NDArray[np.int64]:
    """Evenly spaced rows, as many as a fit needs."""
    return rows[:: 1 + len(rows) * n_classes // VALUES_TO_FIT]


def softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rows (m, K) of logits as probabilities, rows sum to 1."""
    shifted: NDArray[np.float32] = logits - logits.max(axis=1, keepdims=True)
    np.exp(shifted, out=shifted)
    shifted /= shifted.sum(axis=1, keepdims=True)
    return shifted
