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

from datadoctor.artifacts.dataset import Dataset
from datadoctor.artifacts.index import Neighbours
from datadoctor.checks import check, item
from datadoctor.errors import NotAvailableError
from datadoctor.findings import Finding, Severity

NEIGHBOUR = 5
THRESHOLD = 4.5
# Only images among the farthest quarter from their neighbours can be outliers.
FARTHEST = 0.75
SMALLEST_DATASET = 20


@check("Outliers")
def find(dataset: Dataset, neighbours: Neighbours) -> Iterator[Finding]:
    """Yield the isolated images, most isolated first."""
    if len(dataset) < SMALLEST_DATASET:
        raise NotAvailableError(f"{len(dataset)} images: at least {SMALLEST_DATASET} are needed to say what is unusual")
    z = isolation(neighbours)
    rows = np.flatnonzero(z > THRESHOLD)
    for row in rows[np.lexsort((rows, -z[rows]))].tolist():
        yield Finding(
            check="outlier",
            severity=Severity.INFO,
            score=float(1 - np.exp(-z[row] / 10)),
            message=f"Unlike any other image: isolated {z[row]:.1f} robust standard deviations beyond the usual.",
            items=(item(dataset, row),),
            labels=(dataset.label_name(row),),
            suggestion="Look whether it belongs in this dataset.",
            evidence={"isolation": round(float(z[row]), 3), "threshold": THRESHOLD},
        )


def isolation(neighbours: Neighbours) -> NDArray[np.float64]:
    """(n,) float64 robust z-score of how isolated each image is; larger is more isolated; 0 where all are alike."""
    column = min(NEIGHBOUR, neighbours.rows.shape[1]) - 1
    # Rounding noise in the cosines of identical images must not look like structure.
    distance = np.sqrt(np.maximum(2 - 2 * neighbours.cosines[:, column].astype(np.float64), 1e-6))
    around = np.median(distance[neighbours.rows[:, : column + 1]], axis=1)
    ratio = np.log(distance / around)
    centre = np.median(ratio)
    spread = 1.4826 * np.median(np.abs(ratio - centre))
    z: NDArray[np.float64] = (ratio - centre) / max(float(spread), 1e-2)
    # Beside a tight cluster everything is isolated by comparison, however near to it.
    return np.where(distance >= np.quantile(distance, FARTHEST), z, 0.0)
