"""Shares a queue among several reviewers, part of it to two of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from datadoctor.errors import DataDoctorError

if TYPE_CHECKING:
    import pandas as pd


def assign(queue: pd.DataFrame, reviewers: Sequence[str], overlap: float) -> pd.DataFrame:
    """Fill 'reviewer' in turn; a share ``overlap`` in [0, 1] of the rows, evenly spread, goes to the next reviewer too.

    Rows given to two reviewers are there twice, one after the other.
    """
    if not 0.0 <= overlap <= 1.0:
        raise DataDoctorError(f"overlap {overlap} is not a share from 0 to 1")
    if len(set(reviewers)) != len(reviewers) or not all(name.strip() for name in reviewers):
        raise DataDoctorError("the reviewers need names, each another one")
    if overlap and len(reviewers) < 2:
        raise DataDoctorError("an overlap needs at least two reviewers")
    if not reviewers:
        return queue
    rows: list[int] = []
    names: list[str] = []
    for row in range(len(queue)):
        twice = int((row + 1) * overlap) > int(row * overlap)
        for turn in range(1 + twice):
            rows.append(row)
            names.append(reviewers[(row + turn) % len(reviewers)])
    return queue.iloc[rows].assign(reviewer=names)
