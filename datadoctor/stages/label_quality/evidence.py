"""Evidence: where in an image a class is spoken for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datadoctor.stages.label_quality.kinds import OFF_TOPIC, SEVERAL, UNSURE

# Maps are kept and shown as squares of this side, whatever the shape of the image: it was seen squashed to a square.
SIDE = 20

# Two classes are both there if the less clearly seen has at least this share of the evidence of the other, and no more than this
# share of its evidence lies where the other has as much, and their middles lie this far apart (of the image's side).
BOTH_SEEN, SHARED, APART = 1 / 4, 2 / 3, 0.15


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where m images speak for their given and for their suggested class: ``rows`` (m,) int64 of the dataset, worst first.

    ``digests``: what the images are known by. ``classes`` (m, 2) int32: given, suggested. ``maps`` (m, 2, SIDE, SIDE) float32, logits:
    what each place adds to how far the class exceeds the mean of all classes, views weighted as in the pool; 0 is what a place of an
    average image adds. ``elsewhere`` (m, 2) float32: what has no place (intercepts, a token of the class). A map's sum and this are the
    class's pooled logit less the mean of all classes. ``share`` of the pool's weight is in the maps, in (0, 1]; ``without``: the views that
    were heard and are not in them, as the neighbours' vote.
    """

    rows: NDArray[np.int64]
    digests: tuple[str, ...]
    classes: NDArray[np.int32]
    maps: NDArray[np.float32]
    elsewhere: NDArray[np.float32]
    share: float = 1.0
    without: tuple[str, ...] = ()


def apart(maps: NDArray[np.float32]) -> NDArray[np.bool_]:
    """(m,) whether two regions of each image speak for one label each, and not the same one for both; ``maps`` (m, 2, s, s)."""
    seen = np.maximum(maps, 0).astype(np.float64)
    total = seen.sum(axis=(2, 3))
    less = np.maximum(total.min(axis=1), 1e-12)
    shared = seen.min(axis=1).sum(axis=(1, 2)) / less
    both = total.min(axis=1) >= BOTH_SEEN * np.maximum(total.max(axis=1), 1e-12)
    middles = _middles(seen)
    distance = np.linalg.norm(middles[:, 0] - middles[:, 1], axis=1) / maps.shape[-1]
    return np.asarray(both & (shared <= SHARED) & (distance >= APART))


def _middles(seen: NDArray[np.float64]) -> NDArray[np.float64]:
    """(m, 2, 2): row and column of the middle of each map, of its squares, so that faint places hardly count."""
    weight = seen**2
    weight /= np.maximum(weight.sum(axis=(2, 3), keepdims=True), 1e-30)
    places = np.arange(seen.shape[-1])
    return np.stack([(weight.sum(axis=3) * places).sum(axis=2), (weight.sum(axis=2) * places).sum(axis=2)], axis=2)


def reread(kinds: tuple[str, ...], evidence: Evidence) -> tuple[str, ...]:
    """The kinds of flags as the maps see them: several objects where two regions speak for one label each, and only there.

    Where one region speaks for both labels it shows one thing, and which of the two is unsure.
    """
    result = list(kinds)
    for row, two in zip(evidence.rows.tolist(), apart(evidence.maps).tolist(), strict=True):
        if two and result[row] not in {"", OFF_TOPIC}:
            result[row] = SEVERAL
        elif result[row] == SEVERAL:
            result[row] = UNSURE
    return tuple(result)
