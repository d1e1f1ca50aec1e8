"""Which stages of a network serve: those from which the given labels of a sample are predicted best, held out.

The convolution that widens a network's last maps for its own classes helps on photographs and hurts on small images; early
stages help where texture tells. So it is tried, on a sample, for every dataset and network.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from datadoctor.stages.embeddings import Stage
from datadoctor.stages.predictions import folds, probe

# A few thousand labels tell stages apart; more only take longer.
MOST_IMAGES = 1500


def serving(
    vectors: NDArray[np.float32] | NDArray[np.float16],
    stages: Sequence[Stage],
    labels: NDArray[np.int32],
    n_classes: int,
    pixel_digests: Sequence[str],
    *,
    device: str = "cpu",
) -> tuple[str, ...]:
    """The names of the stages to look through: all, all but the first, or all but the last.

    ``vectors`` (n, d), whose columns ``stages`` describes; ``labels`` (n,) int32, -1 for none. The sample is drawn by
    ``pixel_digests``, so order and names of the images do not matter. All serve where there are fewer than three stages or
    labels of fewer than two classes in it.
    """
    names = tuple(stage.name for stage in stages)
    rows = sample(labels, pixel_digests, MOST_IMAGES)
    if len(names) < 3 or len(set(labels[rows].tolist())) < 2:
        return names
    held_out = folds.assign(labels[rows], np.arange(len(rows), dtype=np.int32), [pixel_digests[row] for row in rows])

    def loss(chosen: tuple[Stage, ...]) -> float:
        columns = np.asarray(vectors[rows, chosen[0].start : chosen[-1].stop], dtype=np.float32)
        predicted = probe.predict(columns, labels[rows], n_classes, held_out, device=device)
        at_label = predicted.probabilities[np.arange(len(rows)), labels[rows]]
        return float(-np.log(np.maximum(at_label, 1e-6)).mean())

    candidates = (tuple(stages), tuple(stages[1:]), tuple(stages[:-1]))
    return tuple(stage.name for stage in min(candidates, key=loss))


def sample(labels: NDArray[np.int32], pixel_digests: Sequence[str], most: int) -> NDArray[np.int64]:
    """At most so many labelled rows, drawn by ``pixel_digests``, -1 in ``labels`` for none."""
    labelled = np.flatnonzero(labels >= 0).tolist()
    return np.array(sorted(labelled, key=lambda row: (pixel_digests[row], row))[:most], dtype=np.int64)
