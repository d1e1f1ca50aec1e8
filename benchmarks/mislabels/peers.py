"""What ours is compared with: cleanlab, plain disagreement, and published formulas written from their mathematics."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from cleanlab.filter import find_label_issues
from cleanlab.rank import get_label_quality_scores
from numpy.typing import NDArray

from benchmarks.mislabels import hoc
from benchmarks.mislabels.features import Features
from datadoctor.comparison.evaluation import CLEANLAB_FILTERS, CLEANLAB_SCORES
from datadoctor.stages.index import Neighbours

Labels = NDArray[np.int32]


@dataclass(frozen=True)
class Verdict:
    """``score`` (n,) larger is worse and ``flagged`` (n,) bool, either None where the method has none; ``p``: it is a probability."""

    score: NDArray[np.float64] | None = None
    flagged: NDArray[np.bool_] | None = None
    is_probability: bool = False


Peer = Callable[[], Verdict]


def on_probabilities(labels: Labels, p: NDArray[np.float64]) -> dict[str, Peer]:
    """cleanlab's scores and filters, and plain disagreement, on out-of-sample probabilities (n, K)."""

    def score(method: str) -> Verdict:
        return Verdict(
            1 - get_label_quality_scores(labels, p, method=method), is_probability=method == "self_confidence"
        )

    def filtered(by: str) -> Verdict:
        return Verdict(flagged=np.asarray(find_label_issues(labels, p, filter_by=by, n_jobs=1), dtype=bool))

    peers: dict[str, Peer] = {f"cleanlab {method}": partial(score, method) for method in CLEANLAB_SCORES}
    peers |= {f"cleanlab {by}": partial(filtered, by) for by in CLEANLAB_FILTERS}
    return {**peers, "argmax differs from label": lambda: Verdict(flagged=p.argmax(axis=1) != labels)}


def on_features(labels: Labels, features: Features, n_classes: int) -> dict[str, Peer]:
    """SelfClean's and SimiFeat's formulas on the embedding."""

    def ranked() -> Verdict:
        score = 1 - _at_given(simifeat_votes(features.neighbours, labels, n_classes), labels)
        return Verdict(score, simifeat_ranked(features.neighbours, labels, score, n_classes))

    def voted() -> Verdict:
        votes = simifeat_votes(features.neighbours, labels, n_classes)
        return Verdict(1 - _at_given(votes, labels), votes.argmax(axis=1) != labels)

    return {
        "SelfClean formula": lambda: Verdict(selfclean(features.network, labels)),
        "SimiFeat-V formula": voted,
        "SimiFeat-R formula (HOC)": ranked,
    }


def selfclean(vectors: NDArray[np.float32], labels: Labels) -> NDArray[np.float64]:
    """SelfClean (Groeger et al. 2024), (n,) larger is worse.

    Squared distance to the nearest image of the same label over its sum with that to the nearest of another.
    """
    same, other = np.empty(len(labels)), np.empty(len(labels))
    for start in range(0, len(labels), 1000):
        part = slice(start, start + 1000)
        cosines = vectors[part] @ vectors.T
        cosines[np.arange(len(cosines)), np.arange(start, start + len(cosines))] = -1
        alike = labels[part, None] == labels
        same[part] = 1 - np.where(alike, cosines, -1).max(axis=1)
        other[part] = 1 - np.where(alike, -1, cosines).max(axis=1)
    return same**2 / np.maximum(same**2 + other**2, 1e-12)


def simifeat_votes(near: Neighbours, labels: Labels, n_classes: int) -> NDArray[np.float64]:
    """SimiFeat (Zhu, Dong & Liu 2022): share of each label among the 10 nearest, each weighted by 1 - cosine distance."""
    votes = np.zeros((len(labels), n_classes))
    for rows, cosines in zip(near.rows[:, :10].T, near.cosines[:, :10].T, strict=True):
        votes[np.arange(len(labels)), labels[rows]] += np.maximum(cosines, 0)
    shares: NDArray[np.float64] = votes / np.maximum(votes.sum(axis=1, keepdims=True), 1e-12)
    return shares


def simifeat_ranked(near: Neighbours, labels: Labels, score: NDArray[np.float64], n_classes: int) -> NDArray[np.bool_]:
    """SimiFeat-R: of each given class the worst ones, as many as HOC says are wrong: 1 - P(truly j | given j) of them."""
    shares, transition = hoc.estimate(labels, near.rows, n_classes)
    right = shares * transition.diagonal() / np.maximum(shares @ transition, 1e-12)
    flagged = np.zeros(len(labels), dtype=bool)
    for given in range(n_classes):
        rows = np.flatnonzero(labels == given)
        wrong = round((1 - float(right[given])) * len(rows))
        flagged[rows[np.lexsort((rows, -score[rows]))[:wrong]]] = True
    return flagged


def _at_given(votes: NDArray[np.float64], labels: Labels) -> NDArray[np.float64]:
    at_given: NDArray[np.float64] = votes[np.arange(len(labels)), labels]
    return at_given
