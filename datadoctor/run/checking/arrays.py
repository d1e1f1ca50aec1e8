"""The arrays of a run: of the type and the shape that its tables ask for, and without what is no number."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datadoctor.run.checking import not_ours

# Values looked at in one go: arrays are memory-mapped and may be larger than the memory.
_AT_ONCE = 2**24


def check_array(array: NDArray[Any], file: Path, n_rows: int, n_classes: int) -> None:
    """``embeddings.npy`` (n, d) or ``pred_probs.npy`` (n, K)."""
    _check_type(array, file.stem, file, "f")
    _check_finite(array, file.stem, file)
    if array.ndim != 2 or len(array) != n_rows:
        raise not_ours(file, f"of shape {array.shape}, where each of {n_rows:,} readable images has a row")
    if file.stem == "pred_probs":
        if array.shape[1] != n_classes:
            raise not_ours(file, f"of shape {array.shape}, where each of {n_classes:,} classes has a column")
        if array.size and not (_least(array) >= 0 and _most(array) <= 1 + 1e-3):
            raise not_ours(file, "holds what is no probability")


def check_arrays(arrays: Mapping[str, NDArray[Any]], file: Path, n_rows: int, n_classes: int) -> None:
    """``neighbours.npz``: rows, cosines (n, k); or ``confusion.npz``: confident_joint, argmax_counts (K, K)."""
    wanted = {"rows": "i", "cosines": "f"} if file.stem == "neighbours" else dict.fromkeys(_COUNTS, "iuf")
    for name, kinds in wanted.items():
        if name not in arrays:
            raise not_ours(file, f"no array '{name}'")
        _check_type(arrays[name], name, file, kinds)
    if file.stem == "confusion":
        for name in _COUNTS:
            _check_finite(arrays[name], name, file)
            if arrays[name].shape != (n_classes, n_classes) or (n_classes and arrays[name].min() < 0):
                raise not_ours(file, f"'{name}' does not count {n_classes:,} by {n_classes:,} classes")
        return
    rows = arrays["rows"]
    if rows.ndim != 2 or len(rows) != n_rows or rows.shape != arrays["cosines"].shape:
        raise not_ours(file, f"of shape {rows.shape}, where each of {n_rows:,} readable images has a row")
    if rows.size and not -1 <= rows.min() <= rows.max() < n_rows:
        raise not_ours(file, "a neighbour that is no image")
    # Where there are fewer images than neighbours are asked for, there is none, and nothing is said of it.
    _check_finite(arrays["cosines"][rows >= 0], "cosines", file)


_COUNTS = ("confident_joint", "argmax_counts")


def _check_type(array: NDArray[Any], name: str, file: Path, kinds: str) -> None:
    if array.dtype.kind not in kinds:
        raise not_ours(file, f"'{name}' is of type {array.dtype}")


def _check_finite(array: NDArray[Any], name: str, file: Path) -> None:
    if array.dtype.kind == "f" and not all(bool(np.isfinite(part).all()) for part in _parts(array)):
        raise not_ours(file, f"'{name}' holds what is no finite number")


def _least(array: NDArray[Any]) -> float:
    return min(float(part.min()) for part in _parts(array))


def _most(array: NDArray[Any]) -> float:
    return max(float(part.max()) for part in _parts(array))


def _parts(array: NDArray[Any]) -> list[NDArray[Any]]:
    """Views of some rows each, without the empty ones."""
    if array.ndim == 0:
        return [array.reshape(1)]
    rows = max(1, _AT_ONCE // max(1, int(np.prod(array.shape[1:]))))
    return [part for start in range(0, len(array), rows) if (part := array[start : start + rows]).size]
