"""The link from outputs of least squares to probabilities, by the cross-entropy of held-out labels.

An output estimates the probability of its class, but may be below 0 or above 1, and is drawn towards the mean by the penalty.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from datadoctor.stages.predictions import NEVER, Link

FLOORS = (0.01, 0.02, 0.04, 0.08, 0.16)
# Three numbers need no more evidence.
VALUES_TO_FIT = 2**18


def fit(outputs: NDArray[np.float32], labels: NDArray[np.int32]) -> Link:
    """The link with which ``outputs`` (n, K) predict ``labels`` (n,) best; -1 for none."""
    from scipy.optimize import minimize

    labelled = np.flatnonzero(_learnable(outputs, labels))
    rows = labelled[:: 1 + len(labelled) * outputs.shape[1] // VALUES_TO_FIT]
    some, given = np.maximum(outputs[rows], -1), labels[rows]
    best, least = Link(0.0, 1.0, FLOORS[2]), np.inf
    for floor in FLOORS if len(rows) else ():
        terms = np.stack([some, np.log(np.maximum(some, np.float32(floor)))])
        found = minimize(
            _loss_and_gradient, (1.0, 1.0), (terms, given), jac=True, bounds=[(0, None)] * 2, method="L-BFGS-B"
        )
        if found.fun < least:
            best, least = Link(float(found.x[0]), float(found.x[1]), floor), float(found.fun)
    return best


def loss(link: Link, outputs: NDArray[np.float32], labels: NDArray[np.int32]) -> float:
    """Mean cross-entropy of the labels that could be learnt."""
    rows = np.flatnonzero(_learnable(outputs, labels))
    at_label = link(outputs[rows])[np.arange(len(rows)), labels[rows]]
    return float(-np.log(np.maximum(at_label, 1e-6)).mean(dtype=np.float64)) if len(rows) else 0.0


def _learnable(outputs: NDArray[np.float32], labels: NDArray[np.int32]) -> NDArray[np.bool_]:
    at_label = outputs[np.arange(len(labels)), np.maximum(labels, 0)]
    return np.asarray((labels >= 0) & (at_label > NEVER / 2))


def _loss_and_gradient(
    weights: NDArray[np.float64], terms: NDArray[np.float32], given: NDArray[np.int32]
) -> tuple[float, NDArray[np.float64]]:
    logits = np.tensordot(weights.astype(np.float32), terms, axes=1)
    logits -= logits.max(axis=1, keepdims=True)
    p = np.exp(logits)
    total = p.sum(axis=1, keepdims=True)
    each = np.arange(len(given))
    loss = float((np.log(total[:, 0]) - logits[each, given]).mean(dtype=np.float64))
    p /= total
    gradient = (p * terms).sum(axis=2).mean(axis=1, dtype=np.float64)
    return loss, gradient - terms[:, each, given].mean(axis=1, dtype=np.float64)
