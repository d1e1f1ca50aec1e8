"""The posterior of the true class, given the image and the given label."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datadoctor.stages.label_quality import calibration
from datadoctor.stages.label_quality.fusion import Pool
from datadoctor.stages.label_quality.noise import Noise
from datadoctor.stages.label_quality.noise_model import NoiseModel
from datadoctor.stages.label_quality.transition import parts

TINY = np.float32(1e-30)


@dataclass(frozen=True, slots=True)
class Readings:
    """What is read from m rows: ``ranking`` (m,) float32, P(label is wrong) under the likelier explanation of the labels.

    ``p`` (m,) float32: the same probability, in the same order, under the explanation that is believed. ``confidence`` (m,)
    float32: probability of the most probable class before the label is looked at; ``disagrees`` (m,) bool: that is not the
    given class. ``top`` (m, k) int32 classes with the largest posterior, ``top_probabilities`` (m, k) float32.
    """

    ranking: NDArray[np.float32]
    p: NDArray[np.float32]
    confidence: NDArray[np.float32]
    disagrees: NDArray[np.bool_]
    top: NDArray[np.int32]
    top_probabilities: NDArray[np.float32]


def by_bayes(
    fused: NDArray[np.float32], labels: NDArray[np.int32], transition: NDArray[np.float64]
) -> NDArray[np.float32]:
    """(m, K) float32, rows sum to 1: proportional to ``fused[k] * transition[k, label]``.

    Rows without a label (-1) keep ``fused``.
    """
    evidence = np.ones((len(transition) + 1, len(transition)), dtype=np.float32)
    evidence[:-1] = transition.T
    joint = fused * evidence[labels]
    joint /= np.maximum(joint.sum(axis=1, keepdims=True), TINY)
    return joint


def of_true_class(pool: Pool, labels: NDArray[np.int32], model: NoiseModel) -> NDArray[np.float32]:
    """(n, K) float32, rows sum to 1, of all rows of the pool; those without a label (-1) as the views alone say."""
    result = np.empty((len(labels), pool.n_classes), dtype=np.float32)
    labelled = labels >= 0
    alone = np.flatnonzero(~labelled)
    result[alone] = pool.sharpened(model.sharpness)[alone]
    for part in parts(np.flatnonzero(labelled), pool.n_classes):
        mistaken, right = model.explain(pool[part], labels[part])
        mistaken[np.arange(len(part)), labels[part]] = right
        result[part] = mistaken
    return result


def best_other(beliefs: NDArray[np.float32], labels: NDArray[np.int32]) -> NDArray[np.int32]:
    """(n,) int32 the most probable class that is not the given one, by ``beliefs`` (n, K); ``labels`` (n,), -1 without one."""
    others = beliefs.copy()
    labelled = np.flatnonzero(labels >= 0)
    others[labelled, labels[labelled]] = -1
    return np.asarray(others.argmax(axis=1), dtype=np.int32)


def read(
    pool: Pool, before: Pool, labels: NDArray[np.int32], rows: NDArray[np.int64], noise: Noise, top: int = 1
) -> Readings:
    """The readings of ``rows`` (labelled), in pieces that take a bounded amount of memory."""
    n = len(rows)
    ranking, target = np.empty(n, dtype=np.float32), np.empty(n, dtype=np.float32)
    confidence, disagrees = np.empty(n, dtype=np.float32), np.empty(n, dtype=bool)
    classes, probabilities = np.empty((n, top), dtype=np.int32), np.empty((n, top), dtype=np.float32)
    done = 0
    for part in parts(rows, pool.n_classes):
        here, fused, given = slice(done, done + len(part)), pool[part], labels[part]
        confidence[here], disagrees[here] = fused.max(axis=1), fused.argmax(axis=1) != given
        mistaken, right = noise.ranking.explain(fused, given)
        # Summed rather than taken from 1: tiny probabilities keep their order.
        ranking[here] = mistaken.sum(axis=1)
        target[here] = _believed(noise, fused, before[part], given)
        mistaken[np.arange(len(part)), given] = right
        classes[here], probabilities[here] = _largest(mistaken, top)
        done += len(part)
    return Readings(ranking, calibration.isotonic(ranking, target), confidence, disagrees, classes, probabilities)


def _believed(
    noise: Noise, fused: NDArray[np.float32], before: NDArray[np.float32], labels: NDArray[np.int32]
) -> NDArray[np.float32]:
    """(m,) float32 P(label is wrong): that of both explanations, each as far as it is believed."""
    p = np.zeros(len(labels), dtype=np.float32)
    if noise.belief > 0:
        p += np.float32(noise.belief) * noise.instance_dependent.explain(fused, labels).mistaken.sum(axis=1)
    if noise.belief < 1:
        p += np.float32(1 - noise.belief) * noise.before.explain(before, labels).mistaken.sum(axis=1)
    return p


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
