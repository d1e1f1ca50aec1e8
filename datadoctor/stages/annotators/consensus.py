"""The consensus of the votes, and what is known of each annotator."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from datadoctor.sources import Votes
from datadoctor.stages.annotators import Consensus, agreement
from datadoctor.stages.annotators.believe import believe

# Who says one class this often, and it is believed this much less often, says it whatever the image shows.
ONE_ANSWER, LESS_OFTEN = 0.8, 0.6
# Errors from this share of those of blind guesses on are guesses.
LIKE_GUESSES = 0.8
# Errors from this multiple of those of the middle one of the others on are many; and never fewer than this share.
MANY_TIMES, MANY = 2.0, 0.1


def consensus(votes: Votes, majority: NDArray[np.int32], n_classes: int, seen: NDArray[np.float32] | None) -> Consensus:
    """Of n images: ``majority`` (n,) int32 the label of most votes, -1 for none; ``seen`` (n, K) what models see without votes."""
    n, n_people = len(majority), len(votes.annotators)
    belief = believe(votes, n, n_classes, seen)
    posterior = belief.posterior
    counts = agreement.counted(votes.rows, votes.labels, n, n_classes)
    n_votes = counts.sum(axis=1).astype(np.int32)
    labels = np.where(n_votes > 0, posterior.argmax(axis=1), -1).astype(np.int32)
    each = np.arange(n)
    wrong = 1 - posterior[votes.rows, votes.labels]
    images = np.bincount(votes.who, minlength=n_people)
    error = np.bincount(votes.who, weights=wrong, minlength=n_people) / np.maximum(images, 1)
    unsure = np.bincount(votes.who, weights=wrong * (1 - wrong), minlength=n_people) / np.maximum(images, 1)
    spread = 2 * np.sqrt((error * (1 - error) + unsure) / np.maximum(images, 1))
    low, high = np.maximum(error - spread, 0), np.minimum(error + spread, 1)
    said = np.zeros((n_people, n_classes))
    np.add.at(said, (votes.who, votes.labels), 1)
    return Consensus(
        labels=labels,
        quality=np.where(n_votes > 0, posterior.max(axis=1), 0).astype(np.float32),
        p_majority=np.where(majority >= 0, posterior[each, np.maximum(majority, 0)], np.nan).astype(np.float32),
        n_votes=n_votes,
        agreeing=np.where(labels >= 0, counts[each, np.maximum(labels, 0)], 0).astype(np.int32),
        annotators=votes.annotators,
        images=images,
        error=error,
        low=low,
        high=high,
        agreement=agreement.shares(counts, votes.rows, votes.who, votes.labels, n_people),
        usual=said.argmax(axis=1).astype(np.int32),
        usual_share=said.max(axis=1) / np.maximum(images, 1),
        kinds=_kinds(said / np.maximum(images, 1)[:, None], _believed(votes, posterior), error, low),
        alpha=agreement.alpha(counts),
        trust=belief.trust,
    )


def _believed(votes: Votes, posterior: NDArray[np.float64]) -> NDArray[np.float64]:
    """(A, K) how often each class is believed to be on the images that somebody labelled."""
    found = np.zeros((len(votes.annotators), posterior.shape[1]))
    np.add.at(found, votes.who, posterior[votes.rows])
    return np.asarray(found / np.maximum(found.sum(axis=1, keepdims=True), 1e-12))


def _kinds(
    said: NDArray[np.float64], believed: NDArray[np.float64], error: NDArray[np.float64], low: NDArray[np.float64]
) -> tuple[str, ...]:
    """What is remarkable about each annotator, from the shares (A, K) of classes said and believed, and the errors (A,)."""
    each, usual = np.arange(len(said)), said.argmax(axis=1)
    one_answer = (said[each, usual] >= ONE_ANSWER) & (believed[each, usual] <= LESS_OFTEN)
    by_chance = 1 - (said * believed).sum(axis=1)
    guesses = (error >= LIKE_GUESSES * by_chance) & (low > MANY)
    others = error[~one_answer & ~guesses]
    often = low > max(MANY_TIMES * float(np.median(others)) if len(others) else 0.0, MANY)
    return tuple(
        "one answer" if a else "guesses" if b else "often wrong" if c else ""
        for a, b, c in zip(one_answer, guesses, often, strict=True)
    )
