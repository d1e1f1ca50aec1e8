"""Of what an extractor made of images, the stages that serve."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from datadoctor.arrays import RowWriter
from datadoctor.stages.embeddings import Stage
from datadoctor.stages.embeddings.extractor import Extractor

ROWS_AT_ONCE = 4096


class Narrowed:
    """``stages`` and ``made_by`` are those of ``Extractor``, of what is left."""

    def __init__(self, extractor: Extractor, names: Sequence[str]) -> None:
        """``names``: of stages that follow each other."""
        serving = [stage for stage in extractor.stages if stage.name in names]
        first, last = serving[0].start, serving[-1].stop
        self._columns = slice(first, last)
        self._scale = np.float32((len(extractor.stages) / len(serving)) ** 0.5)
        self.stages = tuple(Stage(stage.name, stage.start - first, stage.stop - first) for stage in serving)
        left_out = len(serving) < len(extractor.stages)
        said = f", stages {', '.join(stage.name for stage in serving)}" if left_out else ""
        self.made_by = f"{extractor.made_by}{said}"

    def vectors(self, whole: NDArray[np.float32], file: Path) -> NDArray[np.float32]:
        """(n, d) of all stages to (n, d') of those that serve, rows of length 1; written to ``file`` and memory-mapped."""
        writer = RowWriter(file, (self.stages[-1].stop,), np.float32)
        for start in range(0, len(whole), ROWS_AT_ONCE):
            narrowed = whole[start : start + ROWS_AT_ONCE, self._columns] * self._scale
            for row, values in enumerate(narrowed, start):
                writer.put(row, values.tobytes())
        return writer.finish(len(whole))
