"""An extractor of which only some stages serve: what they made of an image, and nothing else."""

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


class Narrowed:
    """An ``Extractor``; see there. The mirrored view is that of the same stages, the others are what they were."""

    def __init__(self, whole: Extractor, names: Sequence[str]) -> None:
        """``names``: of stages of ``whole`` that follow each other."""
        self._whole = whole
        serving = [stage for stage in whole.stages if stage.name in names]
        self._columns = slice(serving[0].start, serving[-1].stop)
        self._scale = np.float32((len(whole.stages) / len(serving)) ** 0.5)
        self._dropped = whole.stages[-1].stop - (self._columns.stop - self._columns.start)
        self.stages = tuple(_shifted(stage, self._columns.start) for stage in serving)
        mirrored, *others = whole.views
        self.views = (
            Stage(mirrored.name, 0, self.stages[-1].stop),
            *(_shifted(view, self._dropped) for view in others),
        )
        said = f", stages {', '.join(stage.name for stage in serving)}" if self._dropped else ""
        self.made_by, self.computes, self.key = (f"{text}{said}" for text in (whole.made_by, whole.computes, whole.key))
        self.weights_sha256, self.side, self.resampling = whole.weights_sha256, whole.side, whole.resampling
        self.batch_size = whole.batch_size

    @property
    def runs_in(self) -> str:
        """See ``Extractor``."""
        return self._whole.runs_in

    def embed(self, batch: NDArray[np.uint8]) -> NDArray[np.float32]:
        """See ``Extractor``."""
        return self.vectors(self._whole.embed(batch))

    def embed_views(self, batch: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float16]]:
        """See ``Extractor``."""
        vectors, views = self._whole.embed_views(batch)
        return self.vectors(vectors), self.of_views(views)

    def vectors(self, whole: NDArray[np.float32]) -> NDArray[np.float32]:
        """(n, d) of all stages to (n, d') of those that serve; rows of length 1."""
        narrowed: NDArray[np.float32] = whole[:, self._columns] * self._scale
        return narrowed

    def of_views(self, whole: NDArray[np.float16]) -> NDArray[np.float16]:
        """(n, e) of all stages to (n, e') of those that serve."""
        if not self._dropped:
            return whole
        mirrored = whole[:, self._columns].astype(np.float32)
        mirrored /= np.maximum(np.linalg.norm(mirrored, axis=1, keepdims=True), 1e-30)
        others = whole[:, self.views[0].stop + self._dropped :]
        return np.concatenate([mirrored.astype(np.float16), others], axis=1)


def _shifted(stage: Stage, by: int) -> Stage:
    return Stage(stage.name, stage.start - by, stage.stop - by)


def written(
    whole: NDArray[Any], narrow: Callable[[NDArray[Any]], NDArray[Any]], columns: int, file: Path
) -> NDArray[Any]:
    """What ``narrow`` makes of the rows, (n, columns), as a NumPy file: memory-mapped and read-only."""
    writer = RowWriter(file, (columns,), whole.dtype.type)
    for start in range(0, len(whole), ROWS_AT_ONCE):
        for row, values in enumerate(narrow(whole[start : start + ROWS_AT_ONCE]), start):
            writer.put(row, values.tobytes())
    return writer.finish(len(whole))
