"""Whom to believe: the confusions of each annotator, fitted together with what the labels are, by expectation-maximisation.

Dawid & Skene (1979, Applied Statistics 28): an annotator says class l of an image of class k with a probability of his own. Of many
people there are few votes: the confusions of each are drawn to those of an annotator who is as often right and errs as all do. What
models see in an image, without its votes, is one more opinion. People and models err on the same hard images, so votes and opinions
have exponents: those with which each vote is predicted best from what is seen and from the other votes on its image.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datadoctor.sources import Votes

ROUNDS = 30
TRUSTS = (0.0, 0.25, 0.5, 0.75, 1.0, 1.5)
WEIGHTS = (0.5, 0.7, 1.0)
# Images that the exponents are chosen on.
MOST_IMAGES = 20_000
# An annotator's confusions of a class weigh as much as those of everybody from this many images of it on.
PRIOR = 10.0
LEAST = 1e-6


@dataclass(frozen=True, slots=True)
class Belief:
    """``posterior`` (n, K) float64: what each image shows. ``trust`` in what is seen, ``weight`` of a vote: exponents.

    ``score``: mean logarithm of the probability of a vote, given what is seen and the other votes on its image.
    """

    posterior: NDArray[np.float64]
    score: float
    trust: float
    weight: float


def believe(votes: Votes, n: int, n_classes: int, seen: NDArray[np.float32] | None) -> Belief:
    """What n images show, by votes and by what models see in them without these: ``seen`` (n, K), or None for nothing."""
    logs = np.zeros((n, n_classes)) if seen is None else np.log(np.clip(seen.astype(np.float64), LEAST, 1))
    rows = np.linspace(0, n - 1, min(n, MOST_IMAGES)).astype(np.int64)
    some, trusts = votes.take(rows, n), TRUSTS if seen is not None else (0.0,)
    tried = [_fitted(some, logs[rows], trust, weight) for trust in trusts for weight in WEIGHTS]
    best = max(tried, key=lambda one: one.score)
    return best if len(rows) == n else _fitted(votes, logs, best.trust, best.weight)


def _fitted(votes: Votes, seen: NDArray[np.float64], trust: float, weight: float) -> Belief:
    """The fit for one pair of exponents; ``seen`` (n, K): logarithms."""
    n, n_classes = seen.shape
    shares = np.full((n, n_classes), 1.0 / n_classes)
    np.add.at(shares, (votes.rows, votes.labels), 1.0)
    posterior = shares / shares.sum(axis=1, keepdims=True)
    for _ in range(ROUNDS):
        confusions = _confusions(votes, posterior)
        # Without models, classes are as frequent as they are believed to be.
        frequent = np.log(np.maximum(posterior.mean(axis=0), LEAST))
        logs = trust * seen if trust else np.tile(frequent, (n, 1))
        each = weight * np.log(confusions[votes.who, :, votes.labels])
        np.add.at(logs, votes.rows, each)
        before, posterior = posterior, _normalised(logs)
        if np.abs(posterior - before).max(initial=0) < 1e-3:
            break
    without = _normalised(logs[votes.rows] - each)
    predicted = (without * confusions[votes.who, :, votes.labels]).sum(axis=1)
    return Belief(posterior, float(np.log(predicted).mean()), trust, weight)


def _confusions(votes: Votes, posterior: NDArray[np.float64]) -> NDArray[np.float64]:
    """(A, K, K) probability that an annotator says l of an image of class k."""
    n_people, n_classes = len(votes.annotators), posterior.shape[1]
    counts = np.zeros((n_people, n_classes, n_classes))
    np.add.at(counts.transpose(0, 2, 1), (votes.who, votes.labels), posterior[votes.rows])
    everybody = counts.sum(axis=0) + 0.1
    off = everybody * (1 - np.eye(n_classes))
    off /= np.maximum(off.sum(axis=1, keepdims=True), LEAST)
    all_right = float(np.trace(everybody) / everybody.sum())
    right = np.trace(counts, axis1=1, axis2=2) + PRIOR * all_right
    right /= counts.sum(axis=(1, 2)) + PRIOR
    usual = right[:, None, None] * np.eye(n_classes) + (1 - right)[:, None, None] * off
    result: NDArray[np.float64] = (counts + PRIOR * usual) / (counts.sum(axis=2, keepdims=True) + PRIOR)
    return np.maximum(result, LEAST)


def _normalised(logs: NDArray[np.float64]) -> NDArray[np.float64]:
    shares = np.exp(logs - logs.max(axis=1, keepdims=True))
    return np.asarray(shares / shares.sum(axis=1, keepdims=True))
