"""What is said of each class of each image, by probes and by the nearest images; and all of it together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from datadoctor.stages.index import Neighbours
from datadoctor.stages.label_quality import neighbour_vote
from datadoctor.stages.label_sets import labelled

# Rows that the weights of the views are fitted on.
MOST_ROWS = 20_000
CHUNK = 65_536
# A class no image votes for has some odds still.
LEAST = 1e-4
# Standard deviation of how far a class may stand off from what the views say of it.
SHIFT = 1.0


def of_neighbours(neighbours: Neighbours, several: NDArray[np.int8], groups: NDArray[np.int32]) -> NDArray[np.float32]:
    """(n, K) log-odds of each class among the nearest images: copies do not vote for each other, nor images without labels."""
    known = labelled(several)
    rows, weights = neighbour_vote.voters(neighbours, groups, known)
    return vote(rows, weights, several, shares(several))


def vote(
    rows: NDArray[np.integer], weights: NDArray[np.float32], several: NDArray[np.int8], prior: NDArray[np.float32]
) -> NDArray[np.float32]:
    """(m, K) log-odds of the classes of the images ``rows`` (m, k) with ``weights`` (m, k), and a prior's (K,) part vote."""
    result = np.empty((len(rows), several.shape[1]), dtype=np.float32)
    for start in range(0, len(rows), CHUNK):
        part = slice(start, start + CHUNK)
        votes = neighbour_vote.PRIOR_VOTES * np.tile(prior, (len(rows[part]), 1))
        for column, weight in zip(rows[part].T, weights[part].T, strict=True):
            votes += weight[:, None] * (several[column] == 1)
        total = weights[part].sum(axis=1, keepdims=True) + neighbour_vote.PRIOR_VOTES
        share = np.clip(votes / total, LEAST, 1 - LEAST)
        result[part] = np.log(share / (1 - share))
    return result


def shares(several: NDArray[np.int8]) -> NDArray[np.float32]:
    """(K,) share of the labelled images that have each class."""
    known = labelled(several)
    return np.asarray((several[known] == 1).mean(axis=0) if known.any() else np.zeros(several.shape[1]), np.float32)


def pooled(
    views: Sequence[NDArray[np.float32]], several: NDArray[np.int8], judged: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The weights (V,) of views and shifts (K,) of classes with which their log-odds together predict the given labels best.

    Logistic regression without negative weights, shifts drawn to zero; on at most ``MOST_ROWS`` rows, evenly spaced.
    """
    from scipy.optimize import minimize
    from scipy.special import expit

    known = np.flatnonzero(labelled(several))
    rows = known[np.linspace(0, len(known) - 1, min(len(known), MOST_ROWS)).astype(int)]
    z = np.stack([view[np.ix_(rows, np.flatnonzero(judged))] for view in views]).astype(np.float64)
    y = (several[np.ix_(rows, np.flatnonzero(judged))] == 1).astype(np.float64)
    n_views = len(views)

    def loss(parameters: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        logits = np.tensordot(parameters[:n_views], z, axes=1) + parameters[n_views:]
        value = (
            float((np.logaddexp(0, logits) - y * logits).sum())
            + 0.5 * float((parameters[n_views:] ** 2).sum()) / SHIFT**2
        )
        residual = expit(logits) - y
        shift = residual.sum(axis=0) + parameters[n_views:] / SHIFT**2
        return value, np.concatenate([np.tensordot(z, residual, axes=2), shift])

    start = np.concatenate([np.full(n_views, 1 / n_views), np.zeros(z.shape[2])])
    bounds = [(0.0, None)] * n_views + [(None, None)] * z.shape[2]
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x
    shifts = np.zeros(several.shape[1])
    shifts[judged] = found[n_views:]
    return found[:n_views], shifts
