"""Probabilities that the user brings for images with several labels: one a class, which need not sum to one.

An ``.npz`` (``probabilities`` or ``pred_probs``, with ``paths`` and ``classes``), or a CSV or Parquet with a column a class and one of
paths. No order of rows or columns is guessed: that they are named is asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from datadoctor.errors import DataDoctorError
from datadoctor.stages.brought.orders import Listed
from datadoctor.stages.brought.rows import in_order
from datadoctor.stages.brought.table import load, positions
from datadoctor.stages.label_sets import SetPredictions
from datadoctor.stages.predictions.precomputed import ARRAYS

# Nobody is surer than this.
LEAST = 1e-6


def read(file: Path, listed: Listed, classes: Sequence[str]) -> SetPredictions:
    """Log-odds of the K classes for the readable images (n) of ``listed``, out of sample.

    Raises ``DataDoctorError`` where rows or columns are not named, or one is lacking, and for numbers that are no probabilities.
    """
    table = load(file, ARRAYS, classes)
    if table.paths is None or table.columns is None:
        raise DataDoctorError(
            f"{file}: of images with several labels rows and columns are told by name: an .npz with 'paths' and 'classes', or a CSV or "
            "Parquet with a column 'path' and one for each class"
        )
    columns = positions(file, "classes", table.columns, classes)
    of, values = in_order(file, table, listed)
    p = values[:, columns].astype(np.float64)
    wrong = ~((p >= 0) & (p <= 1)).all(axis=1)
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise DataDoctorError(
            f"{file}: for {of.paths[row]!r} it has {p[row].min():g} to {p[row].max():g}: probabilities are from 0 to 1, one a class"
        )
    p = np.clip(p, LEAST, 1 - LEAST)
    return SetPredictions(np.log(p / (1 - p)).astype(np.float32))
