"""Probabilities whose confusions follow a planted tree."""

import numpy as np
from numpy.typing import NDArray

# Four pairs in two halves: {0 1} {2 3} | {4 5} {6 7}
LEVELS = np.array([[0, 1, 2, 3, 4, 5, 6, 7], [0, 0, 1, 1, 2, 2, 3, 3], [0, 0, 0, 0, 1, 1, 1, 1]])


def confused(seed: int = 0, each: int = 100, sharpness: float = 1.0) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Labels (8 classes) and probabilities that fall with the number of levels of the planted tree two classes differ on."""
    random = np.random.default_rng(seed)
    labels = np.repeat(np.arange(8), each).astype(np.int32)
    levels_apart = (LEVELS[:, :, np.newaxis] != LEVELS[:, np.newaxis, :]).sum(axis=0)
    logits = -sharpness * levels_apart[labels] + random.normal(0, 0.5, (len(labels), 8))
    p = np.exp(logits)
    return labels, (p / p.sum(axis=1, keepdims=True)).astype(np.float32)
