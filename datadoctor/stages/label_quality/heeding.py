"""What answers about some labels say of all the others: a correction of the judgement, as large as the answers support.

A logistic regression on the answered rows, with what the judgement says as its offset and small normal priors on everything it may
add: a shift, how much more or less each view is to be heard, and which given and suggested classes are wrong more or less often
than thought. Which rows were answered may follow from the judgement (the worst are looked at first) and from nothing else: then,
given what the regression sees, the answers are as good as drawn by chance (Rubin 1976, Biometrika 63). The width of the priors
is chosen by the answers, held out; no correction at all is among the choices.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from datadoctor.stages.label_quality.fusion import FLOOR, Pool, Rows
from datadoctor.stages.label_quality.posterior import Readings

WIDTHS = (0.1, 0.2, 0.4, 0.8)
FOLDS = 5
# Fewer answers say nothing of others; nor do answers that are all the same.
FEWEST = 20
FEWEST_OF_A_KIND = 10
_SUREST = 1e-6


@dataclass(frozen=True)
class Correction:
    """``log_odds`` (m,) to add to each row's; ``width`` of the priors, 0 where nothing is to be corrected."""

    log_odds: NDArray[np.float64]
    width: float


def heeded(
    readings: Readings, pool: Pool, labels: NDArray[np.int32], rows: NDArray[np.int64], known: NDArray[np.int32]
) -> Readings:
    """The readings of ``rows`` as the answers correct them; what was answered is certain. ``known`` (n,): -1 without an answer."""
    told = known[rows]
    answered = np.flatnonzero(told >= 0)
    if not len(answered):
        return readings
    wrong = told[answered] != labels[rows[answered]]
    others = pool[rows]
    others[np.arange(len(rows)), labels[rows]] = -1
    suggested = others.argmax(axis=1).astype(np.int32)
    features = features_of(pool.views, readings.ranking, labels, suggested, rows)
    found = correction(readings.p, features, answered, wrong)
    p, ranking = readings.p.copy(), readings.ranking.copy()
    if found.width:
        p = np.asarray(1 / (1 + np.exp(-(log_odds(p) + found.log_odds))), dtype=np.float32)
        # Rows that are equal after calibration keep the order they had.
        ranking = np.asarray((p + 1e-5 * ranking) / (1 + 1e-5), dtype=np.float32)
    p[answered] = ranking[answered] = wrong
    top = readings.top.copy()
    top[answered, 0] = told[answered]
    return replace(readings, p=p, ranking=ranking, top=top)


def correction(
    p: NDArray[np.float32], features: NDArray[np.float64], answered: NDArray[np.int64], wrong: NDArray[np.bool_]
) -> Correction:
    """What to add to the log-odds of ``p`` (m,), by the answers ``wrong`` (a,) for the rows ``answered`` (a,).

    ``features`` (m, d): what rows may differ by, scaled alike. Deterministic.
    """
    nothing = Correction(np.zeros(len(p)), 0.0)
    if len(answered) < FEWEST or min(wrong.sum(), (~wrong).sum()) < FEWEST_OF_A_KIND:
        return nothing
    offset, x, y = log_odds(p[answered]), features[answered], wrong.astype(np.float64)
    fold = np.random.default_rng(0).permutation(len(y)) % FOLDS
    plain = _losses(offset, y)
    best_width, best_gain = 0.0, 0.0
    for width in WIDTHS:
        held_out = offset.copy()
        for one in range(FOLDS):
            rest, here = fold != one, fold == one
            held_out[here] += x[here] @ _fitted(x[rest], offset[rest], y[rest], width)
        gains = plain - _losses(held_out, y)
        # Beyond one standard error: a correction that the answers hardly support reaches far beyond them.
        gain = float(gains.mean() - gains.std() / np.sqrt(len(y)))
        if gain > best_gain:
            best_width, best_gain = width, gain
    if not best_width:
        return nothing
    return Correction(features @ _fitted(x, offset, y, best_width), best_width)


def features_of(
    views: Sequence[Rows],
    ranking: NDArray[np.float32],
    labels: NDArray[np.int32],
    suggested: NDArray[np.int32],
    rows: NDArray[np.int64],
) -> NDArray[np.float64]:
    """What the rows ``rows`` differ by, (m, d).

    One; the log-odds of the ranking, and each view's of the label against the suggestion, standardised; their given and their
    suggested class, one column each.
    """
    each, given = np.arange(len(rows)), labels[rows]
    columns = [log_odds(ranking)]
    for view in views:
        log = np.log(np.maximum(view[rows], FLOOR))
        columns.append((log[each, given] - log[each, suggested]).astype(np.float64))
    numbers = np.stack(columns, axis=1)
    numbers = (numbers - numbers.mean(axis=0)) / np.maximum(numbers.std(axis=0), 1e-9)
    classes = np.zeros((len(rows), 2 * int(views[0].shape[1])))
    classes[each, given] = 1
    classes[each, views[0].shape[1] + suggested] = 1
    return np.concatenate([np.ones((len(rows), 1)), numbers, classes], axis=1)


def log_odds(p: NDArray[np.floating]) -> NDArray[np.float64]:
    """Of probabilities, kept finite."""
    kept = np.clip(p.astype(np.float64), _SUREST, 1 - _SUREST)
    return np.log(kept / (1 - kept))


def _fitted(
    x: NDArray[np.float64], offset: NDArray[np.float64], y: NDArray[np.float64], width: float
) -> NDArray[np.float64]:
    from scipy.optimize import minimize

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        z = offset + x @ weights
        residual = 1 / (1 + np.exp(-z)) - y
        penalty = weights / width**2
        return float((np.logaddexp(0, z) - y * z).sum() + 0.5 * (weights @ penalty)), x.T @ residual + penalty

    found: NDArray[np.float64] = minimize(loss, np.zeros(x.shape[1]), jac=True, method="L-BFGS-B").x
    return found


def _losses(z: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.logaddexp(0, z) - y * z
