"""The posterior of the true class, given the image and the given label: Bayes' rule with the transition matrix.

``exponent`` tempers the matrix: 0 ignores it, 1 trusts it. Its errors include the models' own confusions, so full trust calls
too few labels wrong and no trust too many. Ranking takes the middle, 1/2; calibration starts between that and trust.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datadoctor.artifacts.label_quality.fusion import Pool
from datadoctor.artifacts.label_quality.transition import parts

RANKING = 0.5
CALIBRATED = 0.75
TRUSTING = 1.0


@dataclass(frozen=True, slots=True)
class Readings:
    """What is read from m rows: ``ranking`` and ``calibrated`` (m,) float32, P(given label is wrong) at two exponents.

    ``confidence`` (m,) float32: probability of the most probable class before the label is looked at; ``disagrees`` (m,) bool:
    that is not the given class. ``top`` (m, k) int32 classes with the largest posterior (ranking exponent),
    ``top_probabilities`` (m, k) float32.
    """

    confidence: NDArray[np.float32]
    disagrees: NDArray[np.bool_]
    ranking: NDArray[np.float32]
    calibrated: NDArray[np.float32]
    top: NDArray[np.int32]
    top_probabilities: NDArray[np.float32]


def of_true_class(
    fused: NDArray[np.float32], labels: NDArray[np.int32], transition: NDArray[np.float64], exponent: float
) -> NDArray[np.float32]:
    """(m, K) float32, rows sum to 1: proportional to ``fused[k] * transition[k, label] ** exponent``.

    Rows without a label (-1) keep ``fused``.
    """
    evidence = np.ones((len(transition) + 1, len(transition)), dtype=np.float32)
    evidence[:-1] = (transition**exponent).T
    joint = fused * evidence[labels]
    result: NDArray[np.float32] = joint / np.maximum(joint.sum(axis=1, keepdims=True), np.float32(1e-30))
    return result


def read(
    pool: Pool, labels: NDArray[np.int32], rows: NDArray[np.int64], transition: NDArray[np.float64], top: int = 1
) -> Readings:
    """The readings of ``rows`` (labelled), in pieces that take a bounded amount of memory."""
    wrong = np.empty((2, len(rows)), dtype=np.float32)
    confidence = np.empty(len(rows), dtype=np.float32)
    disagrees = np.empty(len(rows), dtype=bool)
    classes = np.empty((len(rows), top), dtype=np.int32)
    probabilities = np.empty((len(rows), top), dtype=np.float32)
    done = 0
    for part in parts(rows, pool.n_classes):
        here, fused, given = slice(done, done + len(part)), pool[part], labels[part]
        confidence[here], disagrees[here] = fused.max(axis=1), fused.argmax(axis=1) != given
        for index, exponent in enumerate((RANKING, CALIBRATED)):
            posterior = of_true_class(fused, given, transition, exponent)
            others = posterior.copy()
            others[np.arange(len(part)), given] = 0
            # Summed rather than taken from 1: tiny probabilities keep their order.
            wrong[index, here] = others.sum(axis=1)
            if exponent == RANKING:
                classes[here] = np.argsort(-posterior, axis=1, kind="stable")[:, :top]
                probabilities[here] = np.take_along_axis(posterior, classes[here].astype(np.int64), axis=1)
        done += len(part)
    return Readings(confidence, disagrees, wrong[0], wrong[1], classes, probabilities)
