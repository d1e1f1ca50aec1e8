"""The channels of each stage that part confused classes best, and how well the stage as a whole tells them apart."""

from __future__ import annotations

from itertools import product

import numpy as np
from numpy.typing import NDArray

from datadoctor.stages.class_pairs import ClassPairs
from datadoctor.stages.class_structure import Detectors
from datadoctor.stages.class_structure.separability import recalls
from datadoctor.stages.class_structure.splits import spread
from datadoctor.stages.embeddings import Embeddings

# Of each pair and stage one channel for either class is shown.
MOST_PAIRS = 8
# Of a pair, images of each class; evenly spaced among them.
MOST_OF_A_CLASS = 120


def detectors(labels: NDArray[np.int32], embeddings: Embeddings, pairs: ClassPairs) -> Detectors:
    """For the pairs that are mixed up most; ``pairs``: most ambiguous first."""
    chosen = np.flatnonzero(pairs.ambiguity > 0)[:MOST_PAIRS]
    two = np.stack([pairs.a[chosen], pairs.b[chosen]], axis=1).astype(np.int32)
    accuracy = np.zeros((len(embeddings.stages), len(two)), np.float32)
    found: list[tuple[int, int, int, int, float]] = []
    for (s, stage), (p, (a, b)) in product(enumerate(embeddings.stages), enumerate(two.tolist())):
        rows = np.concatenate([spread(np.flatnonzero(labels == one), MOST_OF_A_CLASS) for one in (a, b)])
        block = np.asarray(embeddings.stage(stage.name)[rows], dtype=np.float64)
        of_a = labels[rows] == a
        accuracy[s, p] = np.mean(recalls(_turned(block), (~of_a).astype(np.int32), [np.arange(2, dtype=np.int32)])[0])
        apart = _apart(block[of_a], block[~of_a])
        found += [
            (s, p, int(channel), class_, abs(float(apart[channel])))
            for channel, class_ in ((apart.argmax(), a), (apart.argmin(), b))
        ]
    stage_, pair, channel, favours, distance = np.array(found, dtype=float).reshape(-1, 5).T
    return Detectors(
        stages=tuple(stage.name for stage in embeddings.stages),
        pairs=two,
        accuracy=accuracy,
        stage=stage_.astype(np.int32),
        pair=pair.astype(np.int32),
        channel=channel.astype(np.int32),
        favours=favours.astype(np.int32),
        distance=distance.astype(np.float32),
    )


def _turned(block: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, n) turned onto the directions in which (n, channels) differ at all: no product or distance changes, and rows are few."""
    around = block - block.mean(axis=0)
    variances, axes = np.linalg.eigh(around @ around.T)
    return np.asarray(axes * np.sqrt(np.maximum(variances, 0)))


def _apart(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """(channels,) how far apart two groups are on each, in standard deviations within; positive where the first has more."""
    spread = np.sqrt((one.var(axis=0) + other.var(axis=0)) / 2)
    difference = one.mean(axis=0) - other.mean(axis=0)
    return np.asarray(np.divide(difference, spread, out=np.zeros_like(difference), where=spread > 0))
