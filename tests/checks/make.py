"""Small datasets and neighbours for the tests of checks."""

from pathlib import Path
from typing import Any

import numpy as np

from datadoctor.stages.dataset import Dataset, Images
from datadoctor.stages.index import Neighbours


def dataset_of(n: int, labels: Any = None, classes: tuple[str, ...] = ("a", "b"), splits: Any = None) -> Dataset:
    """n readable images '0000.png'…, all different; labels default to 0."""
    images = Images(
        readable=np.ones(n, bool),
        errors=("",) * n,
        warnings=("",) * n,
        digests=tuple(f"{i:064x}" for i in range(n)),
        pixel_digests=tuple(f"{i:064x}" for i in range(n)),
        widths=np.full(n, 32, np.int32),
        heights=np.full(n, 32, np.int32),
        file_sizes=np.full(n, 100, np.int64),
        modes=("RGB",) * n,
        quality={},
    )
    return Dataset(
        root=Path("nowhere"),
        paths=tuple(f"{i:04d}.png" for i in range(n)),
        labels=np.zeros(n, np.int32) if labels is None else np.asarray(labels, np.int32),
        classes=classes,
        splits=("",) * n if splits is None else tuple(splits),
        groups=("",) * n,
        superclasses={},
        images=images,
        listing_rows=np.arange(n, dtype=np.int64),
    )


def neighbours_of(vectors: Any, k: int = 10) -> Neighbours:
    """Exact neighbours of the vectors after scaling them to length 1."""
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    cosines = unit @ unit.T
    np.fill_diagonal(cosines, -np.inf)
    rows = np.argsort(-cosines, axis=1, kind="stable")[:, :k]
    near = np.take_along_axis(cosines, rows, axis=1)
    return Neighbours(rows.astype(np.int32), near.astype(np.float32), "exact", 1.0)
