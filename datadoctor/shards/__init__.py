"""Shards: one audit's reading spread over many processes or machines that know nothing of each other, and joined again.

``making`` reads and embeds one share of a listing into a folder; ``gathering`` checks all folders and joins them into the reading of
one audit. Why it gives the findings of one run: ``docs/decisions/scale.md``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datadoctor.errors import DataDoctorError

MOST = 100_000


@dataclass(frozen=True, slots=True)
class Share:
    """The ``number``-th (from 1) of ``of`` parts of a listing, which follow each other and differ by one row at most."""

    number: int
    of: int

    def rows(self, n: int) -> NDArray[np.int64]:
        """Its rows of a listing of n; none where there are more shares than rows."""
        return np.arange((self.number - 1) * n // self.of, self.number * n // self.of, dtype=np.int64)

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"


def share_of(text: str) -> Share:
    """'3/64' as a share; raises ``DataDoctorError`` for anything else."""
    found = re.fullmatch(r"(\d{1,6})/(\d{1,6})", text.strip(), re.ASCII)
    share = Share(int(found[1]), int(found[2])) if found else Share(0, 0)
    if not 1 <= share.number <= share.of <= MOST:
        raise DataDoctorError(f"--shard {text}: give its number, from 1, and how many there are, as 3/64")
    return share
