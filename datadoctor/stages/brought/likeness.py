"""Whether rows of vectors lie with the images they are said to be of: images that look alike have vectors that are alike.

Two kinds of likeness are asked: the same label (how often does the nearest vector have it?) and alike pixels (is the vector of the
most similar picture nearer than that of any other of the class?). The second also sees rows exchanged within a class.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datadoctor.stages.brought.agreement import (
    DEVIATIONS,
    LEAST_IMAGES,
    TIMES_BETTER,
    Better,
    Reading,
    far_better,
    groups_labels,
)
from datadoctor.stages.brought.orders import Listed, row_orders

MOST_SAMPLED = 1500
GRID = 8
# The most similar pictures of several images are often the same few, so that they are worth fewer than they are.
PIXEL_DEVIATIONS = 6.0


@dataclass(frozen=True)
class Brought:
    """``vectors`` (m, d) of the ``listed`` images, as in the file; ``small`` (n, s, s, 3) uint8: the readable ones, in order."""

    vectors: NDArray[np.generic]
    small: NDArray[np.uint8]
    listed: Listed


def same_label(brought: Brought, seed: int = 0) -> Better | None:
    """Another order of the rows in which the nearest vector far more often has the same label."""
    labels = brought.listed.labels
    rows = brought.listed.readable[_sample(len(brought.listed.readable), seed)]
    nearest = rows[_nearest(_unit(brought.vectors, rows))]

    def reading(image_at: NDArray[np.int64], compared: NDArray[np.bool_]) -> Reading:
        own, other = labels[image_at[rows[compared]]], labels[image_at[nearest[compared]]]
        often = np.bincount(other[other >= 0], minlength=int(labels.max(initial=0)) + 1) / max(len(other), 1)
        return Reading((own == other) & (own >= 0), np.where(own >= 0, often[own], 0.0))

    found = []
    given = np.arange(len(labels))
    for order in row_orders(brought.listed):
        image_at = np.argsort(order.positions)
        if groups_labels(labels.astype(np.int64), image_at):
            continue
        differs = (labels[image_at[rows]] != labels[rows]) | (labels[image_at[nearest]] != labels[nearest])
        if far_better(reading(given, differs), reading(image_at, differs)):
            every = np.ones(len(rows), dtype=np.bool_)
            shares = [float(reading(images, every).hits.mean()) for images in (given, image_at)]
            found.append(Better(order.name, "", shares[0], shares[1], "the nearest vector has the same label for"))
    return max(found, key=lambda better: better.other, default=None)


def same_pixels(brought: Brought, seed: int = 0) -> Better | None:
    """Another order of the rows in which images of a class that look most alike far more often have vectors that are alike."""
    pairs = _pairs(brought, seed)
    if len(pairs[0]) < LEAST_IMAGES:
        return None
    given = _gain(brought.vectors, np.arange(len(brought.listed.paths)), pairs)
    found = []
    for order in row_orders(brought.listed):
        other = _gain(brought.vectors, order.positions, pairs)
        wins = _deviations(other - given) > PIXEL_DEVIATIONS
        if wins and other.mean() >= TIMES_BETTER * max(float(given.mean()), 0.0):
            shares = [float((gain > 0).mean()) for gain in (given, other)]
            agrees = "the most similar picture of the class has the nearer vector for"
            found.append(Better(order.name, "", shares[0], shares[1], agrees))
    return max(found, key=lambda better: better.other, default=None)


def tells_nothing(brought: Brought, seed: int = 0) -> bool:
    """Whether the vectors, as given, agree with neither labels nor pixels more than by chance, among images enough to tell."""
    rows = brought.listed.readable[_sample(len(brought.listed.readable), seed)]
    labels = brought.listed.labels
    nearest = rows[_nearest(_unit(brought.vectors, rows))]
    hits = (labels[rows] == labels[nearest]) & (labels[rows] >= 0)
    chance = float(((np.bincount(labels[rows] + 1)[1:] / len(rows)) ** 2).sum())
    by_label = (float(hits.mean()) - chance) / max(chance * (1 - chance) / len(rows), 1e-12) ** 0.5
    pairs = _pairs(brought, seed)
    if len(rows) < 5 * LEAST_IMAGES or len(pairs[0]) < LEAST_IMAGES:
        return False
    by_pixels = _deviations(_gain(brought.vectors, np.arange(len(brought.listed.paths)), pairs))
    return by_label < DEVIATIONS and by_pixels < DEVIATIONS


def _sample(n: int, seed: int) -> NDArray[np.int64]:
    return np.sort(np.random.default_rng(seed).permutation(n)[:MOST_SAMPLED])


def _unit(vectors: NDArray[np.generic], rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """(len(rows), d) rows of length 1, what is common to all taken off first."""
    # Under another order, the row of an unreadable image may be asked for, of which the user may have made anything.
    values = np.nan_to_num(np.asarray(vectors[rows], dtype=np.float64))
    values = values / np.maximum(np.abs(values).max(axis=1, keepdims=True), 1e-300)
    values -= values.mean(axis=0)
    unit: NDArray[np.float64] = values / np.maximum(np.linalg.norm(values, axis=1, keepdims=True), 1e-12)
    return unit


def _nearest(unit: NDArray[np.float64]) -> NDArray[np.int64]:
    cosines = unit @ unit.T
    np.fill_diagonal(cosines, -np.inf)
    return np.asarray(cosines.argmax(axis=1), dtype=np.int64)


def _pairs(brought: Brought, seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Images, the picture of the same class that looks most like each, and any other of the class."""
    sample = _sample(len(brought.small), seed)
    images = brought.listed.readable[sample]
    labels = brought.listed.labels[images]
    pixels = _pixels(brought.small[sample])
    rng = np.random.default_rng(seed)
    found: list[NDArray[np.int64]] = []
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        if len(members) < 4:
            continue
        nearest = members[_nearest(pixels[members])]
        other = members[(np.arange(len(members)) + rng.integers(1, len(members), len(members))) % len(members)]
        found.append(np.stack([members, nearest, other], axis=1)[nearest != other])
    triples = images[np.concatenate([*found, np.empty((0, 3), np.int64)])]
    return triples[:, 0], triples[:, 1], triples[:, 2]


def _pixels(small: NDArray[np.uint8]) -> NDArray[np.float64]:
    """(n, 3 GRID²) the images as coarse grids of colour, less their mean, of length 1."""
    n, side = small.shape[:2]
    edges = np.linspace(0, side, GRID + 1).astype(int)[:-1]
    coarse = np.add.reduceat(np.add.reduceat(small.astype(np.float64), edges, axis=1), edges, axis=2)
    return _unit(coarse.reshape(n, -1), np.arange(n))


def _gain(
    vectors: NDArray[np.generic], positions: NDArray[np.int64], pairs: tuple[NDArray[np.int64], ...]
) -> NDArray[np.float64]:
    """For each image, how much nearer the vector of the similar picture is than that of the other (cosines)."""
    rows, place = np.unique(positions[np.concatenate(pairs)], return_inverse=True)
    unit = _unit(vectors, rows)[place]
    image, similar, other = np.split(unit, 3)
    gain: NDArray[np.float64] = (image * similar).sum(axis=1) - (image * other).sum(axis=1)
    return gain


def _deviations(values: NDArray[np.float64]) -> float:
    spread = float(values.std()) / len(values) ** 0.5
    return float(values.mean()) / spread if spread > 0 else 0.0
