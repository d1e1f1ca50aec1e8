"""Does a class fall apart in two as cleanly as two different classes do, and as no other class does.

The items of a class that the model recognises are linked to their nearest neighbours among them, in directions that tell
classes apart (``whitening.py``); the best cut of that graph is found along its second eigenvector (spectral partitioning with
a sweep, Shi & Malik 2000) and measured by its conductance. Two things under one name must pass both comparisons: no larger
share of links crosses than between the parts of nine in ten unions of two different classes, of as many items; and
significantly fewer than in the other classes, which show how far one thing falls apart in this embedding.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from datadoctor.errors import NotApplicableError
from datadoctor.stages.class_structure import Splits
from datadoctor.stages.class_structure.whitening import Whitening
from datadoctor.stages.confusion.null_network import discoveries

FEWEST_ITEMS = 20
MOST_ITEMS = 300
REFERENCES = 60
UNIONS_LIKE_IT = 0.9
SMALLEST_PART = 0.2  # less is a few odd items, which are outliers or mislabels
CENTRAL = 4
NORMAL_MAD = 1.4826  # standard deviation of a normal distribution over its median absolute deviation


def find_splits(
    labels: NDArray[np.int32], probabilities: NDArray[np.float32], vectors: NDArray[np.float32], seed: int = 0
) -> Splits:
    """Cut every class in two: ``labels`` (n,), ``probabilities`` (n, K), ``vectors`` (n, d).

    Raises ``NotApplicableError`` with fewer than three classes of 20 recognised items: nothing to compare with.
    """
    n_classes = probabilities.shape[1]
    recognised = _recognised(labels, probabilities)
    large = [given for given, rows in enumerate(recognised) if len(rows) >= FEWEST_ITEMS]
    if len(large) < 3:
        raise NotApplicableError(
            f"fewer than three classes with {FEWEST_ITEMS} recognised images to compare with each other"
        )
    size = min(MOST_ITEMS, int(np.median([len(recognised[given]) for given in large])))
    drawn = {given: spread(recognised[given], size) for given in large}
    whitening = Whitening(vectors, drawn)
    conductance = np.full(n_classes, np.nan, dtype=np.float32)
    share = np.zeros(n_classes, dtype=np.float32)
    parts: list[tuple[tuple[int, ...], tuple[int, ...]]] = [((), ())] * n_classes
    for given, rows in drawn.items():
        directions = whitening.without([given], rows)
        conductance[given], smaller, larger = _cut(directions)
        share[given] = len(smaller) / len(rows)
        parts[given] = (_central(directions, rows, smaller), _central(directions, rows, larger))
    usual = _usual(drawn, whitening, size, seed)
    apart = np.zeros(n_classes, dtype=bool)
    apart[large] = discoveries(_chances(conductance[large], size), len(large)) & (conductance[large] <= usual)
    return Splits(conductance, usual, tuple(parts), share, apart)


def _usual(drawn: dict[int, NDArray[np.int64]], whitening: Whitening, size: int, seed: int) -> float:
    """Conductance that nine in ten unions of two different classes do not exceed."""
    pairs = list(combinations(drawn, 2))
    some = np.random.default_rng(seed).permutation(len(pairs))[:REFERENCES]
    unions = []
    for a, b in (pairs[i] for i in some):
        rows = np.concatenate([spread(drawn[a], size // 2), spread(drawn[b], size // 2)])
        unions.append(_cut(whitening.without([a, b], rows))[0])
    return float(np.quantile(unions, UNIONS_LIKE_IT))


def _chances(conductance: NDArray[np.float32], size: int) -> NDArray[np.float64]:
    """P-values of being cut more easily than classes are, from the median and the spread of all, which few do not move.

    Ratios are compared, of one crossing link more, so that a class without any has its place.
    """
    from scipy.stats import t

    ease = -np.log(conductance.astype(np.float64) + size**-1.5)
    above = ease - np.median(ease)
    spread = NORMAL_MAD * np.median(np.abs(above))
    return np.asarray(t.sf(above / max(spread, np.finfo(np.float32).tiny), len(ease) - 1), dtype=np.float64)


def _recognised(labels: NDArray[np.int32], probabilities: NDArray[np.float32]) -> list[NDArray[np.int64]]:
    """Per class, the rows given and predicted as it."""
    n_classes = probabilities.shape[1]
    by_class = np.argsort(labels, kind="stable")
    bounds = np.searchsorted(labels[by_class], np.arange(n_classes + 1))
    result = []
    for given in range(n_classes):
        rows = by_class[bounds[given] : bounds[given + 1]]
        result.append(rows[probabilities[rows].argmax(axis=1) == given] if len(rows) else rows)
    return result


def spread(rows: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    """At most that many of the rows, evenly spaced."""
    return rows if len(rows) <= most else rows[np.linspace(0, len(rows) - 1, most).round().astype(np.int64)]


def _cut(directions: NDArray[np.float32]) -> tuple[float, NDArray[np.int64], NDArray[np.int64]]:
    """Conductance of the best cut, and the items of its smaller and its larger part."""
    links = _links(directions)
    degree = links.sum(axis=1)
    _, vectors = np.linalg.eigh(links / np.sqrt(np.outer(degree, degree)))
    order = np.argsort(vectors[:, -2] / np.sqrt(degree), kind="stable")
    inside = np.cumsum(np.cumsum(links[np.ix_(order, order)], axis=0), axis=1).diagonal()[:-1]
    volume = np.cumsum(degree[order])[:-1]
    conductance = (volume - inside) / np.minimum(volume, degree.sum() - volume)
    first = np.arange(1, len(links))
    conductance[np.minimum(first, len(links) - first) < SMALLEST_PART * len(links)] = np.inf
    best = int(conductance.argmin())
    smaller, larger = sorted((order[: best + 1], order[best + 1 :]), key=len)
    return float(conductance[best]), smaller, larger


def _links(directions: NDArray[np.float32]) -> NDArray[np.float64]:
    """(m, m) float64: 1 for a neighbour one way, 2 for both; √m neighbours each."""
    length = np.linalg.norm(directions, axis=1, keepdims=True)
    unit = directions / np.where(length > 0, length, 1)
    cosine = unit @ unit.T
    np.fill_diagonal(cosine, -np.inf)
    near = np.argsort(-cosine, axis=1, kind="stable")[:, : round(np.sqrt(len(unit)))]
    links = np.zeros(cosine.shape)
    np.put_along_axis(links, near, 1.0, axis=1)
    return links + links.T


def _central(directions: NDArray[np.float32], rows: NDArray[np.int64], part: NDArray[np.int64]) -> tuple[int, ...]:
    away = np.linalg.norm(directions[part] - directions[part].mean(axis=0), axis=1)
    return tuple(rows[part[np.lexsort((part, away))[:CENTRAL]]].tolist())
