"""Images with several labels, judged by the labels and vectors that they are made of."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from datadoctor.stages.dataset import Dataset
from datadoctor.stages.index import Neighbours
from datadoctor.stages.label_sets import LabelSetQuality, probe
from datadoctor.stages.label_sets.judge import judge
from datadoctor.stages.label_sets.opinions import of_neighbours
from tests.checks.make import dataset_of, neighbours_of

CLASSES = ("cat", "dog", "fox")


def judged(n: int, wrong: list[tuple[int, int]]) -> tuple[Dataset, NDArray[np.int8], LabelSetQuality, Neighbours]:
    """n images of three classes, each with a chance of .4 to be there and visible; the cells ``wrong`` have the other label."""
    rng = np.random.default_rng(0)
    there = rng.random((n, len(CLASSES))) < 0.4
    vectors = np.hstack([there + rng.normal(0, 0.15, there.shape), rng.normal(0, 0.3, (n, 4))]).astype(np.float32)
    several = there.astype(np.int8)
    for row, column in wrong:
        several[row, column] = 1 - several[row, column]
    dataset = replace(dataset_of(n, labels=np.full(n, -1), classes=CLASSES), several=several)
    neighbours, groups = neighbours_of(vectors, 30), np.arange(n, dtype=np.int32)
    folds = (np.arange(n) % 5).astype(np.int8)
    views = {
        "network": probe.predict(vectors, several, folds).logits,
        "neighbours": of_neighbours(neighbours, several, groups),
    }
    return dataset, several, judge(several, CLASSES, views), neighbours
