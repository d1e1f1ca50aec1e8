"""Of what an extractor made of images, the stages that serve."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datadoctor.arrays import RowWriter
from datadoctor.stages.embeddings import Stage

ROWS_AT_ONCE = 4096


class Narrowed:
    """``stages``: those of some that serve, moved to begin at column 0; ``left_out``: whether others do not."""

    def __init__(self, stages: Sequence[Stage], names: Sequence[str]) -> None:
        """``stages``: all of a network, side by side; ``names``: of those that serve, which follow each other, and of other networks'."""
        serving = [stage for stage in stages if stage.name in names]
        first, last = serving[0].start, serving[-1].stop
        self._columns = slice(first, last)
        self._scale = np.float32((len(stages) / len(serving)) ** 0.5)
        self.stages = tuple(Stage(stage.name, stage.start - first, stage.stop - first) for stage in serving)
        self.left_out = len(serving) < len(stages)

    def vectors(self, whole: NDArray[Any], file: Path) -> NDArray[Any]:
        """(n, d) of all stages to (n, d') of those that serve, rows of length 1; written to ``file`` and memory-mapped."""
        writer = RowWriter(file, (self.stages[-1].stop,), whole.dtype.type)
        for start in range(0, len(whole), ROWS_AT_ONCE):
            for row, values in enumerate(self.narrowed(whole[start : start + ROWS_AT_ONCE]), start):
                writer.put(row, values.tobytes())
        return writer.finish(len(whole))

    def narrowed(self, whole: NDArray[Any]) -> NDArray[Any]:
        """(m, d) of all stages to (m, d') of those that serve, rows of length 1, of a few images."""
        return (whole[:, self._columns] * self._scale).astype(whole.dtype)
