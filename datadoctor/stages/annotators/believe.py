"""Whom to believe: the confusions of each annotator, fitted together with what the labels are, by expectation-maximisation.

Dawid & Skene (1979, Applied Statistics 28): an annotator says class l of an image of class k with a probability of his own. Of many
people there are few votes: the confusions of each are drawn to those of an annotator who is as often right and errs as all do. What
models see in an image, without its votes, is one more opinion. People and models err on the same hard images, so votes and opinions
have exponents. These, and how far confusions are drawn, are those with which votes on images that were not fitted on are predicted
best, each from what is seen and from the other votes on its image; of several ways that do so the posteriors are averaged.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from datadoctor.sources import Votes

ROUNDS, ROUNDS_TO_CHOOSE = 30, 10
# Exponents on what is seen and of votes, and the images of a class from which on an annotator's own confusions count more than those of
# somebody who errs as all do.
TRUSTS = (0.0, 0.5, 1.0, 1.5, 2.0)
WEIGHTS = (0.3, 0.5, 0.7, 1.0)
PRIORS = (10.0, 100.0, 1000.0)
# Ways that predict votes about as well differ in whom they doubt: so many, with the best trust, are averaged.
AVERAGED = 2
# Images that the way is chosen on.
MOST_IMAGES = 4_000
# An annotator is as often right as all are where fewer votes than this say otherwise.
PRIOR_RIGHT = 10.0
LEAST = 1e-6


@dataclass(frozen=True, slots=True)
class Way:
    """``trust`` in what is seen, ``weight`` of a vote: exponents. ``prior``: how far confusions are drawn to the usual ones."""

    trust: float
    weight: float
    prior: float


@dataclass(frozen=True, slots=True)
class Belief:
    """``posterior`` (n, K) float64: what each image shows. ``trust`` in what is seen, an exponent."""

    posterior: NDArray[np.float64]
    trust: float


def believe(votes: Votes, n: int, n_classes: int, seen: NDArray[np.float32] | None) -> Belief:
    """What n images show, by votes and by what models see in them without these: ``seen`` (n, K), or None for nothing."""
    logs = np.zeros((n, n_classes)) if seen is None else np.log(np.clip(seen.astype(np.float64), LEAST, 1))
    rows = np.linspace(0, n - 1, min(n, MOST_IMAGES)).astype(np.int64)
    some, trusts = votes.take(rows, n), TRUSTS if seen is not None else (0.0,)
    ways = [Way(*one) for one in product(trusts, WEIGHTS, PRIORS)]
    scores = {way: _foretold(some, logs[rows], way) for way in ways}
    trust = max(ways, key=scores.__getitem__).trust
    best = sorted((way for way in ways if way.trust == trust), key=lambda way: -scores[way])[:AVERAGED]
    posteriors = [_fitted(votes, logs, way, ROUNDS)[0] for way in best]
    return Belief(np.mean(posteriors, axis=0), trust)


def _foretold(votes: Votes, seen: NDArray[np.float64], way: Way) -> float:
    """Logarithm of the probability of all votes, each by the others on its image and by what was fitted on half of the other images."""
    half = np.arange(len(seen)) % 2
    total = 0.0
    for held in (0, 1):
        rows, others = np.flatnonzero(half == held), np.flatnonzero(half != held)
        posterior, confusions = _fitted(votes.take(others, len(seen)), seen[others], way, ROUNDS_TO_CHOOSE)
        kept = votes.take(rows, len(seen))
        logs, each = _opinions(kept, seen[rows], way, confusions, posterior)
        without = _normalised(logs[kept.rows] - each)
        total += float(np.log((without * confusions[kept.who, :, kept.labels]).sum(axis=1)).sum())
    return total


def _fitted(
    votes: Votes, seen: NDArray[np.float64], way: Way, rounds: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What images show (n, K), and the confusions of annotators, fitted in one way; ``seen`` (n, K): logarithms."""
    n, n_classes = seen.shape
    shares = np.full((n, n_classes), 1.0 / n_classes)
    np.add.at(shares, (votes.rows, votes.labels), 1.0)
    posterior = shares / shares.sum(axis=1, keepdims=True)
    confusions = _confusions(votes, posterior, way.prior)
    for _ in range(rounds):
        logs, _ = _opinions(votes, seen, way, confusions, posterior)
        before, posterior = posterior, _normalised(logs)
        confusions = _confusions(votes, posterior, way.prior)
        if np.abs(posterior - before).max(initial=0) < 1e-3:
            break
    return posterior, confusions


def _opinions(
    votes: Votes, seen: NDArray[np.float64], way: Way, confusions: NDArray[np.float64], posterior: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Logarithms (n, K) of what images show up to a constant, and (v, K) what each vote adds to them."""
    # Without models, classes are as frequent as they are believed to be.
    frequent = np.log(np.maximum(posterior.mean(axis=0), LEAST))
    logs = way.trust * seen if way.trust else np.tile(frequent, (len(seen), 1))
    each = way.weight * np.log(confusions[votes.who, :, votes.labels])
    np.add.at(logs, votes.rows, each)
    return logs, each


def _confusions(votes: Votes, posterior: NDArray[np.float64], prior: float) -> NDArray[np.float64]:
    """(A, K, K) probability that an annotator says l of an image of class k."""
    n_people, n_classes = len(votes.annotators), posterior.shape[1]
    counts = np.zeros((n_people, n_classes, n_classes))
    np.add.at(counts.transpose(0, 2, 1), (votes.who, votes.labels), posterior[votes.rows])
    everybody = counts.sum(axis=0) + 0.1
    off = everybody * (1 - np.eye(n_classes))
    off /= np.maximum(off.sum(axis=1, keepdims=True), LEAST)
    all_right = float(np.trace(everybody) / everybody.sum())
    right = np.trace(counts, axis1=1, axis2=2) + PRIOR_RIGHT * all_right
    right /= counts.sum(axis=(1, 2)) + PRIOR_RIGHT
    usual = right[:, None, None] * np.eye(n_classes) + (1 - right)[:, None, None] * off
    result: NDArray[np.float64] = (counts + prior * usual) / (counts.sum(axis=2, keepdims=True) + prior)
    return np.maximum(result, LEAST)


def _normalised(logs: NDArray[np.float64]) -> NDArray[np.float64]:
    shares = np.exp(logs - logs.max(axis=1, keepdims=True))
    return np.asarray(shares / shares.sum(axis=1, keepdims=True))
