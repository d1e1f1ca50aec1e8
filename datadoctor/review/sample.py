"""The audit by hand, as a mode: the images that settle the share of wrong labels, and what the answers say so far."""

from __future__ import annotations

from typing import Any

import numpy as np

from datadoctor.errors import DataDoctorError
from datadoctor.review.desk import Desk
from datadoctor.review.table import Table
from datadoctor.stages.label_quality.audit_sample import draw_rows, rate_by_answers

MOST = 1_000


class Sample:
    """Draws the sample, and estimates the share of wrong labels from the answers to it."""

    def __init__(self, table: Table, desk: Desk) -> None:
        self._table = table
        self._desk = desk

    def next(self, size: int, reviewer: str) -> dict[str, Any]:
        """The places of the sample, how many this reviewer answered, and the share of wrong labels with its interval.

        The sample is the same for the same run and size. Raises ``DataDoctorError`` where no label was judged.
        """
        judged = self._table.items["judged"].to_numpy(bool)
        if not judged.any() or not 1 <= size <= MOST:
            raise DataDoctorError(f"no label was judged in this run, or the size is not 1 to {MOST:,}")
        p = np.nan_to_num(self._table.numbers["p"]).astype(np.float32)
        rows = draw_rows(judged, p, size)
        random = np.random.default_rng(0).permutation(rows)  # so that those answered so far are of all strata
        standing = self._desk.standing
        answered = [
            (place, said[reviewer])
            for place in random.tolist()
            if (said := getattr(standing.get(place), "said", {})) and reviewer in said
        ]
        told = [(place, one.decision == "relabel") for place, one in answered if one.decision in ("keep", "relabel")]
        rate = rate_by_answers(
            judged,
            p,
            np.array([place for place, _ in told], dtype=np.int64),
            np.array([wrong for _, wrong in told], dtype=bool),
        )
        return {
            "places": random.tolist(),
            "answered": len(told),
            "estimate": rate.estimate,
            "low": rate.low,
            "high": rate.high,
        }
