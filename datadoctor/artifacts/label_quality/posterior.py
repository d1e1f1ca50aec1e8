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
TINY = np.float32(1e-30)
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
    joint = fused * _evidence(transition, exponent)[labels]
    joint /= np.maximum(joint.sum(axis=1, keepdims=True), TINY)
    return joint


def _evidence(transition: NDArray[np.float64], exponent: float) -> NDArray[np.float32]:
    """(K + 1, K) float32: what each given class (row) says of each true class; the last row, for -1, says nothing."""
    evidence = np.ones((len(transition) + 1, len(transition)), dtype=np.float32)
    evidence[:-1] = (transition**exponent).T
    return evidence


def read(
    pool: Pool, labels: NDArray[np.int32], rows: NDArray[np.int64], transition: NDArray[np.float64], top: int = 1
) -> Readings:
    """The readings of ``rows`` (labelled), in pieces that take a bounded amount of memory."""
    n = len(rows)
    wrong = np.empty((2, n), dtype=np.float32)
    confidence, disagrees = np.empty(n, dtype=np.float32), np.empty(n, dtype=bool)
    classes, probabilities = np.empty((n, top), dtype=np.int32), np.empty((n, top), dtype=np.float32)
    evidence = [_evidence(transition, exponent) for exponent in (CALIBRATED, RANKING)]
    done = 0
    for part in parts(rows, pool.n_classes):
        here, fused, given = slice(done, done + len(part)), pool[part], labels[part]
        each = np.arange(len(part))
        confidence[here], disagrees[here] = fused.max(axis=1), fused.argmax(axis=1) != given
        for index in range(2):
            joint = fused * evidence[index][given]
            right = joint[each, given]
            joint[each, given] = 0
            # Summed rather than taken from 1: tiny probabilities keep their order.
            others = joint.sum(axis=1)
            total = np.maximum(others + right, TINY)
            wrong[index, here] = others / total
        joint[each, given] = right
        classes[here], largest = _largest(joint, top)
        probabilities[here] = largest / total[:, np.newaxis]
        done += len(part)
    return Readings(confidence, disagrees, wrong[1], wrong[0], classes, probabilities)


def _largest(values: NDArray[np.float32], k: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """The columns of the k largest values of each row, largest first (ties to the lower column), and those values.

    Spends ``values``.
    """
    columns = np.empty((len(values), k), dtype=np.int32)
    found = np.empty((len(values), k), dtype=np.float32)
    each = np.arange(len(values))
    for rank in range(k):
        columns[:, rank] = values.argmax(axis=1)
        found[:, rank] = values[each, columns[:, rank]]
        values[each, columns[:, rank]] = -1
    return columns, found
