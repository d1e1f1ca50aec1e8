"""The confusion statistics of a dataset; the confident joint is cleanlab's.

Northcutt, Jiang & Chuang 2021, "Confident Learning: Estimating Uncertainty in Dataset Labels" (JAIR 70): an item counts as
truly k when p(k) reaches the mean p(k) of the items given k; the counts are then scaled to the given class sizes.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from datadoctor.errors import NotApplicableError
from datadoctor.stages.confusion import Confusion

CHUNK = 2**22  # probabilities looked at together
ROUNDING = 1e-6  # an item as confident as the mean of its class counts, whatever the rounding of that mean


def estimate(labels: NDArray[np.int32], probabilities: NDArray[np.float32]) -> Confusion:
    """Compare given labels (n,), -1 for none, with out-of-sample probabilities (n, K), rows summing to 1.

    Raises ``NotApplicableError`` when fewer than two classes are given, for then nothing can be confused.
    """
    n_classes = probabilities.shape[1]
    given = np.bincount(labels[labels >= 0], minlength=n_classes)
    if np.count_nonzero(given) < 2:
        raise NotApplicableError("confusion needs items of at least two classes")
    counts = np.zeros((n_classes, n_classes), dtype=np.int32)
    sums = np.zeros((n_classes, n_classes), dtype=np.float32)
    soft = np.zeros((n_classes, n_classes), dtype=np.float32)
    for y, p in in_class_order(labels, probabilities):
        np.add.at(counts, (y, p.argmax(axis=1)), 1)
        starts = np.flatnonzero(np.diff(y, prepend=-1))
        sums[y[starts]] += np.add.reduceat(p, starts)
        soft[y[starts]] += np.add.reduceat(without_given(y, p), starts)
    size = np.maximum(given, 1).astype(np.float32)[:, np.newaxis]
    sums /= size
    soft /= size
    thresholds = np.where(given > 0, sums.diagonal(), np.nan).astype(np.float32)
    joint = _confident_joint(labels, probabilities, thresholds)
    return Confusion(given.astype(np.int64), counts, sums, soft, joint, _transition(joint), thresholds)


def in_class_order(
    labels: NDArray[np.int32], probabilities: NDArray[np.float32]
) -> Iterator[tuple[NDArray[np.int32], NDArray[np.float32]]]:
    """Yield labels and probabilities of the labelled items in chunks of bounded size, sorted by label, then by row."""
    rows = np.argsort(labels, kind="stable")
    rows = rows[labels[rows] >= 0]
    step = max(1, CHUNK // probabilities.shape[1])
    for start in range(0, len(rows), step):
        part = rows[start : start + step]
        yield labels[part], np.asarray(probabilities[part], dtype=np.float32)


def without_given(labels: NDArray[np.int32], probabilities: NDArray[np.float32]) -> NDArray[np.float32]:
    """(n, K) float32: the probabilities without the given class, scaled to sum to 1 (0 where nothing is left)."""
    others = probabilities.copy()
    others[np.arange(len(labels)), labels] = 0
    left = others.sum(axis=1, keepdims=True)
    np.divide(others, left, out=others, where=left > 0)
    return others


def _confident_joint(
    labels: NDArray[np.int32], probabilities: NDArray[np.float32], thresholds: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Counted here in chunks, as cleanlab counts in one piece; calibrated to the given class sizes by cleanlab."""
    from cleanlab.count import calibrate_confident_joint

    counts = np.zeros((len(thresholds), len(thresholds)), dtype=np.int32)
    enough = np.where(np.isnan(thresholds), np.inf, thresholds - np.float32(ROUNDING))
    for y, p in in_class_order(labels, probabilities):
        confident = p >= enough
        sure = confident.sum(axis=1)
        truly = np.where(sure > 1, p.argmax(axis=1), confident.argmax(axis=1))
        np.add.at(counts, (y[sure > 0], truly[sure > 0]), 1)
    np.fill_diagonal(counts, counts.diagonal().clip(min=1))
    return np.asarray(calibrate_confident_joint(counts, labels[labels >= 0]), dtype=np.float32)


def _transition(joint: NDArray[np.float32]) -> NDArray[np.float32]:
    truly = joint.sum(axis=0)[:, np.newaxis]
    transition = np.zeros_like(joint)
    np.divide(joint.T, truly, out=transition, where=truly > 0)
    empty = np.flatnonzero(truly[:, 0] == 0)
    transition[empty, empty] = 1
    return transition
