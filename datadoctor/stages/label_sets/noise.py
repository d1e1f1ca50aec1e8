"""How labels of a set go wrong: a class that is there may lack its label, one that is not there may have it.

With q the probability that the class is there, an image is labelled with it with probability ``extra + (1 - missing - extra) q``
(class-conditional noise). q is what the views say, ``slope z + shift``, sharper than they say it, since they learnt from labels with noise.
The rates are fitted by maximum likelihood over all classes, then for each class by expectation-maximisation, drawn to those of all
as if these had been seen in as many images as hold ``EVENTS`` errors: a few dozen images of a class do not tell its rates. By
Bayes' rule follows the probability that a given label is wrong.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

EVENTS = 10.0
ROUNDS = 20
# Cells of the table of images and classes that the common rates are fitted on.
MOST_CELLS = 500_000
MOST_NOISE = 0.45
LEAST = 1e-6


@dataclass(frozen=True, slots=True)
class SetNoise:
    """``missing`` and ``extra`` (K,) float64 in [0, MOST_NOISE]; ``slope`` and ``shift``: of the log-odds of what is there."""

    missing: NDArray[np.float64]
    extra: NDArray[np.float64]
    slope: float
    shift: float

    def there(self, logits: NDArray[np.float32]) -> NDArray[np.float64]:
        """(m, K) probability that each class is there, before the labels are looked at."""
        from scipy.special import expit

        return np.asarray(expit(self.slope * logits.astype(np.float64) + self.shift))

    def wrong(self, logits: NDArray[np.float32], has: NDArray[np.bool_]) -> NDArray[np.float32]:
        """(m, K) probability that what the labels say of each class is wrong; ``has``: the classes they name."""
        q = self.there(logits)
        with_label = (1 - self.missing) * q, self.extra * (1 - q)
        without = (1 - self.extra) * (1 - q), self.missing * q
        right, wrong = (np.where(has, one, other) for one, other in zip(with_label, without, strict=True))
        return np.asarray(wrong / np.maximum(right + wrong, 1e-30), dtype=np.float32)


def fit(logits: NDArray[np.float32], has: NDArray[np.bool_]) -> SetNoise:
    """The rates of the classes whose log-odds (n, K) and labels (n, K) these are."""
    missing, extra, slope, shift = _common(logits, has)
    noise = SetNoise(np.full(has.shape[1], missing), np.full(has.shape[1], extra), slope, shift)
    for _ in range(ROUNDS):
        wrong = noise.wrong(logits, has).astype(np.float64)
        lacking, beyond = np.where(has, 0, wrong).sum(axis=0), np.where(has, wrong, 0).sum(axis=0)
        there = np.where(has, 1 - wrong, wrong).sum(axis=0)
        absent = len(has) - there
        noise = SetNoise(
            np.minimum((lacking + EVENTS) / (there + EVENTS / missing), MOST_NOISE),
            np.minimum((beyond + EVENTS) / (absent + EVENTS / extra), MOST_NOISE),
            slope,
            shift,
        )
    return noise


def _common(logits: NDArray[np.float32], has: NDArray[np.bool_]) -> tuple[float, float, float, float]:
    """Missing, extra, slope and shift of all classes together."""
    from scipy.optimize import minimize
    from scipy.special import expit

    step = max(1, has.size // MOST_CELLS)
    z, y = logits.ravel()[::step].astype(np.float64), has.ravel()[::step]

    def loss(parameters: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        missing, extra, slope, shift = parameters
        q = expit(slope * z + shift)
        p = np.clip(extra + (1 - missing - extra) * q, LEAST, 1 - LEAST)
        outer = np.where(y, -1 / p, 1 / (1 - p))
        inner = outer * (1 - missing - extra) * q * (1 - q)
        gradient = [(outer * -q).sum(), (outer * (1 - q)).sum(), (inner * z).sum(), inner.sum()]
        return -float(np.log(np.where(y, p, 1 - p)).sum()) / len(z), np.array(gradient) / len(z)

    bounds = [(LEAST, MOST_NOISE), (LEAST, MOST_NOISE), (0.5, 5.0), (-5.0, 5.0)]
    share = float(y.mean())
    starts = [(0.05, 0.05 * share, 1.2, 0.0), (0.2, 0.1 * share, 1.8, 0.0)]
    found = [minimize(loss, np.array(one), jac=True, method="L-BFGS-B", bounds=bounds) for one in starts]
    best = min(found, key=lambda one: float(one.fun)).x
    return float(best[0]), float(best[1]), float(best[2]), float(best[3])
