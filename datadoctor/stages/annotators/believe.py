"""Whom to believe: the confusions of each annotator, fitted together with what the labels are, by expectation-maximisation.

Dawid & Skene (1979, Applied Statistics 28): an annotator says class l of an image of class k with a probability of his own. Of many
people there are few votes: the confusions of each are drawn to those of an annotator who is as often right and errs as all do. What models
see in an image, without its votes, is one more opinion, with an exponent that makes the votes most probable (0: not heeded).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datadoctor.sources import Votes

ROUNDS = 30
TRUSTS = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0)
# An annotator's confusions of a class weigh as much as those of everybody from this many images of it on.
PRIOR = 10.0
LEAST = 1e-6


@dataclass(frozen=True, slots=True)
class Belief:
    """``posterior`` (n, K) float64: what each image shows; ``evidence``: log-likelihood of the votes; ``trust``: in the images."""

    posterior: NDArray[np.float64]
    evidence: float
    trust: float


def believe(votes: Votes, n: int, n_classes: int, seen: NDArray[np.float32] | None) -> Belief:
    """What n images show, by votes and by what models see in them without these: ``seen`` (n, K), or None for nothing."""
    if seen is None:
        return _fitted(votes, np.full((n, n_classes), 1 / n_classes), 0.0)
    logs = np.log(np.clip(seen.astype(np.float64), LEAST, 1))
    found = [_fitted(votes, _normalised(trust * logs), trust) for trust in TRUSTS]
    return max(found, key=lambda one: one.evidence)


def _fitted(votes: Votes, prior: NDArray[np.float64], trust: float) -> Belief:
    """The fit for one prior (n, K) of what the images show."""
    n, n_classes = prior.shape
    shares = np.full((n, n_classes), 1.0 / n_classes)
    np.add.at(shares, (votes.rows, votes.labels), 1.0)
    posterior = shares / shares.sum(axis=1, keepdims=True)
    evidence = -np.inf
    for _ in range(ROUNDS):
        confusions = _confusions(votes, posterior)
        # Without models, classes are as frequent as they are believed to be.
        base = np.log(np.maximum(prior if trust else posterior.mean(axis=0)[None, :], LEAST))
        logs = np.broadcast_to(base, (n, n_classes)).copy()
        np.add.at(logs, votes.rows, np.log(confusions[votes.who, :, votes.labels]))
        posterior = _normalised(logs)
        top = logs.max(axis=1)
        now = float((top + np.log(np.exp(logs - top[:, None]).sum(axis=1))).sum())
        if abs(now - evidence) < 1e-4 * max(abs(now), 1):
            break
        evidence = now
    return Belief(posterior, now, trust)


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
