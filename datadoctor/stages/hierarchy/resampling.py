"""Bootstrap resamples of the soft confusions: the items of each class drawn anew, with replacement (Efron 1979)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from datadoctor.stages.confusion.confident import without_given

MOST_RESAMPLES = 100
FEWEST_RESAMPLES = 20
MEMORY = 2**26  # float32 kept at once: 256 MB


def resampled_soft(
    labels: NDArray[np.int32], probabilities: NDArray[np.float32], seed: int
) -> Iterator[NDArray[np.float32]]:
    """Yield up to 100 resampled (K, K) soft off-diagonal confusions (see ``Confusion.soft``); none beyond 1,800 classes.

    All resamples of one class are one product of matrices, so the probabilities are read once.
    """
    n_classes = probabilities.shape[1]
    resamples = min(MOST_RESAMPLES, MEMORY // n_classes**2)
    if resamples < FEWEST_RESAMPLES:
        return
    random = np.random.default_rng(seed)
    soft = np.zeros((resamples, n_classes, n_classes), dtype=np.float32)
    by_class = np.argsort(labels, kind="stable")
    bounds = np.searchsorted(labels[by_class], np.arange(n_classes + 1))
    for given in range(n_classes):
        rows = by_class[bounds[given] : bounds[given + 1]]
        if len(rows):
            drawn = random.multinomial(len(rows), np.full(len(rows), 1 / len(rows)), size=resamples)
            others = without_given(labels[rows], np.asarray(probabilities[rows], dtype=np.float32))
            soft[:, given] = (drawn.astype(np.float32) @ others) / len(rows)
    yield from soft
