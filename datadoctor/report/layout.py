"""A two-dimensional map of the embeddings: the plane in which the classes' means differ most."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from datadoctor.report.items import Items
from datadoctor.run import Run

SCALE = 4095


def positions(run: Run, items: Items) -> dict[str, list[int]] | None:
    """Per item ``x`` and ``y`` in 0..``SCALE``, -1 for unreadable ones; None when the run kept no embeddings."""
    if not run.has("artifacts/embeddings.npy"):
        return None
    vectors = run.array("embeddings")
    rows = items.table["row"].to_numpy(dtype=int)
    placed = np.flatnonzero(rows >= 0)
    if len(placed) < 3:
        return None
    points = _projected(
        np.asarray(vectors[rows[placed]], dtype=np.float32), items.table["given_label"].to_numpy()[placed]
    )
    result = np.full((len(items), 2), -1, dtype=int)
    result[placed] = _scaled(points)
    return {"x": result[:, 0].tolist(), "y": result[:, 1].tolist()}


def _projected(vectors: NDArray[np.float32], labels: NDArray[np.object_]) -> NDArray[np.float32]:
    names, codes = np.unique(labels.astype(str), return_inverse=True)
    means = np.zeros((len(names), vectors.shape[1]), dtype=np.float32)
    np.add.at(means, codes, vectors)
    means /= np.bincount(codes)[:, None]
    spread = means if len(names) > 2 else vectors
    axes = np.linalg.svd(spread - spread.mean(axis=0), full_matrices=False)[2][:2]
    points: NDArray[np.float32] = (vectors - vectors.mean(axis=0)) @ axes.T
    return points


def _scaled(points: NDArray[np.float32]) -> NDArray[np.int64]:
    """Each axis by the inverse hyperbolic sine of its distance from the median in spreads: outliers press nothing together."""
    low, middle, high = np.percentile(points, [10, 50, 90], axis=0)
    drawn = np.arcsinh((points - middle) / np.maximum(high - low, 1e-9))
    least, most = drawn.min(axis=0), drawn.max(axis=0)
    share = (drawn - least) / np.maximum(most - least, 1e-9)
    scaled: NDArray[np.int64] = np.rint(share * SCALE).astype(np.int64)
    return scaled
