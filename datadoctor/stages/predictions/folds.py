"""Cross-validation folds that depend on what the images show, not on their order or names."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def assign(
    labels: NDArray[np.int32], groups: NDArray[np.int32], pixel_digests: Sequence[str], n_folds: int = 5
) -> NDArray[np.int8]:
    """The fold each of n rows is held out in, (n,) int8 in [0, n_folds).

    ``labels`` (n,) int32, -1 without a label; ``groups`` (n,) int32: rows with the same value are never separated (duplicates),
    nor are rows with the same digest. Stratified: within a label, fold sizes differ by little more than its largest group.
    Shuffling or renaming the images does not move any of them.
    """
    blocks = _blocks(groups, pixel_digests)
    # A block belongs to the label of its first row by digest, so that the order of the rows cannot matter.
    ordered = sorted((int(labels[block[0]]), -len(block), pixel_digests[block[0]], block) for block in blocks)
    in_label = np.zeros((int(labels.max(initial=-1)) + 2, n_folds), dtype=np.int64)
    in_all = np.zeros(n_folds, dtype=np.int64)
    folds = np.empty(len(labels), dtype=np.int8)
    for label, _, _, block in ordered:
        # The emptiest fold for this label; among equals the emptiest over all, else small classes would all start in fold 0.
        fold = int(np.lexsort((in_all, in_label[label]))[0])
        folds[block] = fold
        np.add.at(in_label[:, fold], labels[block], 1)
        in_all[fold] += len(block)
    return folds


def _blocks(groups: NDArray[np.int32], pixel_digests: Sequence[str]) -> list[list[int]]:
    """Rows that must stay together, each block sorted by (digest, row)."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    n = len(pixel_digests)
    _, group = np.unique(groups, return_inverse=True)
    _, digest = np.unique(np.asarray(pixel_digests, dtype=str), return_inverse=True)
    # A graph of rows, groups and digests: its components are the blocks.
    rows = np.concatenate([np.arange(n), np.arange(n)])
    others = np.concatenate([n + group, 2 * n + digest])
    graph = coo_array((np.ones(2 * n, dtype=np.int8), (rows, others)), shape=(3 * n, 3 * n))
    component = connected_components(graph, directed=False)[1][:n]
    members: dict[int, list[int]] = {}
    for row in sorted(range(n), key=lambda row: (pixel_digests[row], row)):
        members.setdefault(int(component[row]), []).append(row)
    return list(members.values())
