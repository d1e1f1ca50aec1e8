"""Labels judged from class probabilities too large to hold in memory: streamed, the few most probable classes kept.

The same functions as ``judge`` with one view that cannot be refitted, so the same answers; memory grows with n and with K².
"""

from __future__ import annotations

import mmap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from datadoctor.stages.label_quality import ErrorRate, calibration, error_rate, noise, posterior
from datadoctor.stages.label_quality.judgeable import cannot_judge, informative_pool, judged_rows

# Scattered rows bring their surroundings along: few are read before these are given back.
ROWS_AT_ONCE = 1024
Number = TypeVar("Number", bound=np.generic)


@dataclass(frozen=True, slots=True)
class LargeQuality:
    """The judgement of n labels: as in ``LabelQuality``, but of the posterior only its largest values.

    ``top`` (n, k) int32 are the most probable true classes, most probable first, ``top_probabilities`` (n, k) float32 theirs.
    """

    scores: NDArray[np.float32]
    p_mislabel: NDArray[np.float32]
    flagged: NDArray[np.bool_]
    judged: NDArray[np.bool_]
    top: NDArray[np.int32]
    top_probabilities: NDArray[np.float32]
    error_rate: ErrorRate
    threshold: float


@dataclass(frozen=True)
class _Passing:
    """Rows of an array that may be mapped from a file: what was read is not kept in this process's memory."""

    array: NDArray[np.float32]

    @property
    def shape(self) -> tuple[int, ...]:
        return self.array.shape

    def __getitem__(self, rows: NDArray[np.int64], /) -> NDArray[np.float32]:
        values = np.empty((len(rows), self.shape[1]), dtype=np.float32)
        mapped = getattr(self.array, "_mmap", None)
        for start in range(0, len(rows), ROWS_AT_ONCE):
            part = slice(start, start + ROWS_AT_ONCE)
            values[part] = self.array[rows[part]]
            if mapped is not None and hasattr(mmap, "MADV_DONTNEED"):
                mapped.madvise(mmap.MADV_DONTNEED)
        return values


def judge(
    probabilities: NDArray[np.float32], labels: NDArray[np.int32], classes: Sequence[str], top: int = 3
) -> LargeQuality:
    """How likely each of n given labels is wrong, from out-of-sample ``probabilities`` (n, K), possibly memory-mapped.

    Raises ``NotAvailableError`` where no label can be judged.
    """
    n = len(labels)
    rows = judged_rows(labels, classes, cannot_judge(labels, np.arange(n, dtype=np.int32), classes))
    pool = informative_pool([_Passing(probabilities)], labels, rows)
    explained = noise.fit(pool, pool, labels, rows)
    readings = posterior.read(pool, pool, labels, rows, explained, top)
    threshold = calibration.threshold(readings.p)

    def spread(values: NDArray[Number]) -> NDArray[Number]:
        result = np.zeros((n, *values.shape[1:]), dtype=values.dtype)
        result[rows] = values
        return result

    return LargeQuality(
        scores=spread(readings.ranking),
        p_mislabel=spread(readings.p),
        flagged=spread(readings.p >= threshold),
        judged=spread(np.ones(len(rows), dtype=bool)),
        top=spread(readings.top),
        top_probabilities=spread(readings.top_probabilities),
        error_rate=error_rate.estimate(readings, explained),
        threshold=threshold,
    )
