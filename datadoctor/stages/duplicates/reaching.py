"""Whether the search would come to planted copies before it stops: what the candidates and their order lose, on this dataset.

Each copy is looked for as if it were an image of the dataset: among the neighbours by both signals, and at what place.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from datadoctor.stages.duplicates.candidates import Candidates, distance, unmirrored, usual_distance
from datadoctor.stages.duplicates.laying import laid, maps
from datadoctor.stages.duplicates.planting import Planted
from datadoctor.stages.index import Neighbours, exact


def reached(
    planted: Planted,
    of_planted: NDArray[np.float32],
    vectors: NDArray[np.float32],
    neighbours: Neighbours,
    alike: Neighbours,
    small: NDArray[np.uint8],
    candidates: Candidates,
    looked_at: int,
) -> NDArray[np.bool_]:
    """(m,) whether each copy and its original would be among the ``looked_at`` most promising candidates.

    ``vectors`` (n, d) of the images, ``of_planted`` (m, d) of the copies by the same eye; ``neighbours`` by these, ``alike`` by
    ``unmirrored(small)``.
    """
    near = _relative_distance(planted, of_planted, vectors, neighbours)
    by_pixels = _relative_distance(planted, unmirrored(planted.small), unmirrored(small), alike)
    pairs = np.stack([np.arange(len(planted), dtype=np.int32)] * 2, axis=1)
    copies, originals = maps(planted.small), maps(small[planted.rows])
    agree = np.maximum(*(laid(pairs, copies, originals, magnified=magnified) for magnified in (False, True)))
    is_candidate = np.isfinite(near) | np.isfinite(by_pixels)
    return np.asarray(is_candidate & (candidates.place(near, agree) < looked_at))


def _relative_distance(
    planted: Planted, of_planted: NDArray[np.float32], vectors: NDArray[np.float32], neighbours: Neighbours
) -> NDArray[np.float32]:
    """(m,) from each copy to its original, over the usual distance around the two; infinite where neither is the other's neighbour."""
    rows, cosines = exact.search(np.asarray(vectors), of_planted, neighbours.rows.shape[1])
    to_original = np.einsum("ij,ij->i", of_planted, vectors[planted.rows])
    others = neighbours.cosines[planted.rows]
    # An image with fewer others than are looked for has all of them as neighbours.
    farthest = np.where(np.isnan(others).any(axis=1), -1, others.min(axis=1))
    near = (rows == planted.rows[:, None]).any(axis=1) | (to_original >= farthest)
    around_copy, around_original = (usual_distance(distance(each)) for each in (cosines, others))
    relative = distance(to_original) / np.sqrt(around_copy * around_original)
    return np.where(near, relative, np.inf).astype(np.float32)
