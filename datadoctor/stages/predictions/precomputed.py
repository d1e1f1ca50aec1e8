"""Class probabilities brought by the user: ``.npy``, ``.npz``, CSV or Parquet, checked before they are believed.

``.npy``: (n, K), rows in the order of the sorted paths, columns in the order of the sorted classes.
``.npz``: ``probabilities`` or ``pred_probs``, and optionally ``paths`` (n,) and ``classes`` (K,).
CSV, Parquet: one column a class, optionally a column ``path``.
Named rows and columns are matched by name, in any order. Rows or columns without a name must be as many as the images or classes,
and are checked against the orders that people use.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from datadoctor.errors import DataDoctorError
from datadoctor.stages.brought import agreement, likeness, rows
from datadoctor.stages.brought.check import refuse
from datadoctor.stages.brought.orders import Listed
from datadoctor.stages.brought.table import Table, load, positions
from datadoctor.stages.predictions import Predictions

ARRAYS = ("probabilities", "pred_probs")
ROWS_AT_ONCE = 65_536
SUM_TOLERANCE = 1e-2
# A model that agrees with the labels by less than this share of what it claims, beyond chance, is not of these rows.
LEAST_OF_CLAIM = 0.25


def read(
    file: Path,
    listed: Listed,
    classes: Sequence[str],
    small: NDArray[np.uint8] | None = None,
    notice: Callable[[str], None] = lambda text: None,
) -> Predictions:
    """The user's out-of-sample probabilities for the readable images (n) of ``listed`` and ``classes`` (K), in their order.

    A ``.npy`` stays memory-mapped. Labels (-1: none) and ``small`` (n, s, s, 3) uint8, the images themselves, serve only to
    notice that rows or columns are in another order. Raises ``DataDoctorError`` for a wrong shape, unknown or missing names,
    NaN, negative values, rows that do not sum to 1 within 1 %, an order that agrees far worse than another, and confident
    probabilities that agree with the given labels no better than if the rows were shuffled.
    """
    table = load(file, ARRAYS, classes)
    columns = None if _unnamed(table) else positions(file, "classes", table.columns or (), classes)
    if columns is None and table.values.shape[1] != len(classes):
        raise DataDoctorError(
            f"{file}: has {table.values.shape[1]} classes, the dataset {len(classes)}; name them in an .npz ('classes') or as the "
            "columns of a CSV or Parquet"
        )
    listed, values = rows.in_order(file, table, listed)
    if columns is not None and not np.array_equal(columns, np.arange(values.shape[1])):
        values = values[:, columns]
    probabilities = values.astype(np.float32, copy=False)
    claimed, predicted = _checked(file, probabilities, listed)
    tried = agreement.Tried(rows=table.paths is None, columns=columns is None)
    refuse(file, agreement.of_probabilities(predicted, listed, classes, tried), classes)
    if table.paths is None and small is not None:
        refuse(file, likeness.same_pixels(likeness.Brought(probabilities, small, listed)))
    _check_chance(file, predicted[listed.readable], claimed, listed.labels[listed.readable], notice)
    # A memory-mapped array with a row for each image stays where it is.
    if len(listed.readable) < len(probabilities):
        probabilities = probabilities[listed.readable]
    return Predictions(probabilities, np.full(len(probabilities), -1, dtype=np.int8), f"given by {file.name}")


def _unnamed(table: Table) -> bool:
    """Whether the columns have no names, or only the numbers that a library gives them."""
    names = table.columns
    return names is None or names == tuple(map(str, range(len(names))))


def _checked(file: Path, values: NDArray[np.float32], listed: Listed) -> tuple[float, NDArray[np.int64]]:
    """The mean of the largest probabilities, and where they are (m,); raises where a readable image has no probabilities."""
    readable = np.zeros(len(values), dtype=np.bool_)
    readable[listed.readable] = True
    predicted = np.zeros(len(values), dtype=np.int64)
    claimed = 0.0
    for start in range(0, len(values), ROWS_AT_ONCE):
        chunk = np.asarray(values[start : start + ROWS_AT_ONCE], dtype=np.float32)
        here = readable[start : start + ROWS_AT_ONCE]
        _check_values(file, chunk, here, start)
        predicted[start : start + ROWS_AT_ONCE] = chunk.argmax(axis=1)
        claimed += float(chunk[here].max(axis=1).sum())
    return claimed / max(len(listed.readable), 1), predicted


def _check_values(file: Path, chunk: NDArray[np.float32], readable: NDArray[np.bool_], start: int) -> None:
    sums = chunk.sum(axis=1)
    for bad, cause in (
        (~np.isfinite(chunk).all(axis=1), "holds NaN or infinity"),
        ((chunk < 0).any(axis=1), "holds negative numbers: these look like logits, apply softmax first"),
        (np.abs(sums - 1) > SUM_TOLERANCE, "does not sum to 1: divide each row by its sum, or apply softmax to logits"),
    ):
        wrong = np.flatnonzero(bad & readable)
        if len(wrong):
            raise DataDoctorError(
                f"{file}: row {start + int(wrong[0])} {cause} ({len(wrong)} such rows among {len(chunk)})"
            )


def _check_chance(
    file: Path, predicted: NDArray[np.int64], claimed: float, labels: NDArray[np.int32], notice: Callable[[str], None]
) -> None:
    """Shuffled rows agree with the labels only as often as chance, however sure the probabilities are."""
    labelled = labels >= 0
    wanted, called = labels[labelled], predicted[labelled]
    # One predicted class agrees exactly as often as chance whatever the order.
    if len(wanted) < agreement.LEAST_IMAGES or len(np.unique(called)) < 2:
        return
    n_classes = int(max(wanted.max(), called.max())) + 1
    chance = (
        float(np.bincount(wanted, minlength=n_classes) @ np.bincount(called, minlength=n_classes)) / len(wanted) ** 2
    )
    deviations = 3 * (chance * (1 - chance) / len(wanted)) ** 0.5
    agrees = float((called == wanted).mean())
    if agrees > chance + deviations:
        return
    said = f"{file}: names the given label of {agrees:.1%} of the images, by chance it would be {chance:.1%}"
    if agrees + deviations < chance + LEAST_OF_CLAIM * (claimed - chance):
        raise DataDoctorError(
            f"{said}, yet it is {claimed:.0%} sure: its rows are not in the order of the sorted paths, or it is of other images; "
            "save it as an .npz with 'paths' and 'classes', which are read by name"
        )
    notice(f"{said}: it tells nearly nothing of the labels, or its rows are in another order")
