"""Where the flagged images speak for their labels: the second look at those that are to be shown."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from datadoctor.progress import Progress
from datadoctor.stages.dataset import Dataset
from datadoctor.stages.evidence.looking import Asked, SecondLook
from datadoctor.stages.label_quality import LabelQuality
from datadoctor.stages.label_quality.evidence import SIDE, Evidence

# The worst, as many as a person sees in a sitting: a second look at an image costs as much as the first.
MOST = 400


def worst(quality: LabelQuality, labels: NDArray[np.int32]) -> NDArray[np.int64]:
    """Rows of flagged images, worst first, at most ``MOST``."""
    flagged = np.flatnonzero(quality.flagged & (labels >= 0))
    return flagged[np.lexsort((flagged, -quality.scores[flagged]))][:MOST]


def find(
    dataset: Dataset, quality: LabelQuality, folds: NDArray[np.int8], look: SecondLook, progress: Progress
) -> Evidence:
    """The evidence in the worst of the flagged images; those that are gone or changed since they were read have none."""
    rows = worst(quality, dataset.labels)
    asked = [
        Asked(
            dataset.file(row),
            dataset.images.digests[row],
            int(folds[row]),
            (int(dataset.labels[row]), int(quality.suggested[row])),
        )
        for row in rows.tolist()
    ]
    there: list[int] = []
    maps, elsewhere = [], []
    with progress.stage("Looking again at flagged images", len(asked)) as advance:
        for number, found in look.at(asked):
            made = look.spreader.pooled(found, asked[number].fold, asked[number].classes)
            there.append(number)
            maps.append(made[0])
            elsewhere.append(made[1])
            advance(1)
    return Evidence(
        rows=rows[there],
        digests=tuple(asked[i].digest for i in there),
        classes=np.array([asked[i].classes for i in there], dtype=np.int32).reshape(-1, 2),
        maps=np.array(maps, dtype=np.float32).reshape(-1, 2, SIDE, SIDE),
        elsewhere=np.array(elsewhere, dtype=np.float32).reshape(-1, 2),
        share=look.spreader.share,
        without=look.spreader.without,
    )
