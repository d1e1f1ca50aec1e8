"""Classes that an image looks like, too, and is not labelled as: a label that a set lacks.

For images with several labels, where every class is a question of its own; found and scored as labels that do not show (see
``extra-label``). The score is the probability that the image has the class. A model trained on such a set is told that the class
is not there. One finding a class: adding its label touches no other.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from datadoctor.checks import check
from datadoctor.findings import Finding
from datadoctor.stages.dataset import Dataset
from datadoctor.stages.index import Neighbours
from datadoctor.stages.label_sets import LabelSetQuality
from datadoctor.stages.label_sets.doubts import doubts


@check("Labels that are missing")
def find(
    dataset: Dataset, label_sets: NDArray[np.int8], label_set_quality: LabelSetQuality, neighbours: Neighbours
) -> Iterator[Finding]:
    """Yield the flagged classes that images lack, most probably there first."""
    yield from doubts("missing-label", dataset, label_set_quality, neighbours, label_sets == 0)
