"""Images unlike any other: their nearest neighbours are far away, compared with how far those neighbours' own are.

For each image, d is the distance to its 5th nearest neighbour in the embedding, and its isolation is the logarithm of d
over the median d of those neighbours (a local density ratio, as in the local outlier factor). An image is reported when its
isolation lies more than 4.5 robust standard deviations (1.4826 x median absolute deviation) above the median of the dataset,
and its d is among the largest quarter.
The score is 1 - exp(-z / 10) of those standard deviations z. Look at the image: it may be off-topic, corrupt, or just rare.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from datadoctor.checks import check, item
from datadoctor.findings import Finding, Severity
from datadoctor.stages.dataset import Dataset

THRESHOLD = 4.5


@check("Outliers")
def find(dataset: Dataset, isolation: NDArray[np.float64]) -> Iterator[Finding]:
    """Yield the images whose robust z-score of isolation (n,) is over the threshold, most isolated first."""
    rows = np.flatnonzero(isolation > THRESHOLD)
    for row in rows[np.lexsort((rows, -isolation[rows]))].tolist():
        yield Finding(
            check="outlier",
            severity=Severity.INFO,
            score=float(1 - np.exp(-isolation[row] / 10)),
            message=f"Unlike any other image: isolated {isolation[row]:.1f} robust standard deviations beyond the usual.",
            items=(item(dataset, row),),
            labels=(dataset.label_name(row),),
            suggestion="Look whether it belongs in this dataset.",
            evidence={"isolation": round(float(isolation[row]), 3), "threshold": THRESHOLD},
        )
