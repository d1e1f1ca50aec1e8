"""Of what an extractor made of images, the stages that serve."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datadoctor.arrays import RowWriter
from datadoctor.stages.embeddings import Stage
from datadoctor.stages.embeddings.extractor import Extractor

ROWS_AT_ONCE = 4096
Rows = NDArray[Any]


class Narrowed:
    """``stages``, ``views`` and ``made_by`` are those of ``Extractor``, of what is left."""

    def __init__(self, extractor: Extractor, names: Sequence[str]) -> None:
        """``names``: of stages that follow each other. The mirrored view is narrowed like the vectors, the others are whole."""
        serving = [stage for stage in extractor.stages if stage.name in names]
        self._columns = slice(serving[0].start, serving[-1].stop)
        self._scale = np.float32((len(extractor.stages) / len(serving)) ** 0.5)
        self._left_out = extractor.stages[-1].stop - (self._columns.stop - self._columns.start)
        self.stages = tuple(_shifted(stage, self._columns.start) for stage in serving)
        mirrored, *others = extractor.views
        self.views = (Stage(mirrored.name, 0, self.stages[-1].stop), *(_shifted(one, self._left_out) for one in others))
        said = f", stages {', '.join(stage.name for stage in serving)}" if self._left_out else ""
        self.made_by = f"{extractor.made_by}{said}"

    def vectors(self, whole: NDArray[np.float32], file: Path) -> NDArray[np.float32]:
        """(n, d) of all stages to (n, d') of those that serve, rows of length 1; written to ``file`` and memory-mapped."""
        return _written(whole, lambda rows: rows[:, self._columns] * self._scale, self.stages[-1].stop, file)

    def of_views(self, whole: NDArray[np.float16], file: Path) -> NDArray[np.float16]:
        """(n, e) of all stages to (n, e') of those that serve; written to ``file`` if that is less, and memory-mapped."""
        return _written(whole, self._of_views, self.views[-1].stop, file) if self._left_out else whole

    def _of_views(self, whole: NDArray[np.float16]) -> NDArray[np.float16]:
        mirrored = whole[:, self._columns].astype(np.float32)
        mirrored /= np.maximum(np.linalg.norm(mirrored, axis=1, keepdims=True), 1e-30)
        others = whole[:, self.views[0].stop + self._left_out :]
        return np.concatenate([mirrored.astype(np.float16), others], axis=1)


def _shifted(stage: Stage, by: int) -> Stage:
    return Stage(stage.name, stage.start - by, stage.stop - by)


def _written(whole: Rows, narrow: Callable[[Rows], Rows], columns: int, file: Path) -> Rows:
    """What ``narrow`` makes of the rows, (n, columns), as a NumPy file: memory-mapped and read-only."""
    writer = RowWriter(file, (columns,), whole.dtype.type)
    for start in range(0, len(whole), ROWS_AT_ONCE):
        for row, values in enumerate(narrow(whole[start : start + ROWS_AT_ONCE]), start):
            writer.put(row, values.tobytes())
    return writer.finish(len(whole))
