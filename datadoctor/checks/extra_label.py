"""Labels of a set that their image does not look like: it has them, and looks without.

For images with several labels, where every class is a question of its own. A probe a class on what each view sees, and the nearest
images, say how likely the image has it, without its own label; how often labels go wrong is fitted to the dataset. The score is
the probability that the label does not belong there; reported from the probability on where most errors are caught for the
fewest looks in vain (``threshold`` in the summary, between 1/4 and 1/2). One finding a label: taking it away touches no other.
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


@check("Labels that do not show")
def find(
    dataset: Dataset, label_sets: NDArray[np.int8], label_set_quality: LabelSetQuality, neighbours: Neighbours
) -> Iterator[Finding]:
    """Yield the flagged labels that images have, most probably wrong first."""
    yield from doubts("extra-label", dataset, label_set_quality, neighbours, label_sets == 1)
