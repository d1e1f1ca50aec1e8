"""What is said of labels of a set that look wrong: one finding a label."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from datadoctor.findings import Finding, ItemRef, Severity
from datadoctor.sources.label_sets import text_of
from datadoctor.stages.dataset import Dataset
from datadoctor.stages.index import Neighbours
from datadoctor.stages.label_sets import LabelSetQuality

NEAREST = 10
# Below this a probability rounds to 99 %.
SURE = 0.995


def doubts(
    check: str, dataset: Dataset, quality: LabelSetQuality, neighbours: Neighbours, said: NDArray[np.bool_]
) -> Iterator[Finding]:
    """The flagged cells (image, class) among ``said`` (n, K), most probably wrong first, ties by row and class."""
    rows, columns = np.nonzero(quality.flagged & said)
    order = np.lexsort((columns, rows, -quality.p_wrong[rows, columns]))
    for row, column in zip(rows[order].tolist(), columns[order].tolist(), strict=True):
        p = float(quality.p_wrong[row, column])
        name = dataset.classes[column]
        extra = check == "extra-label"
        yield Finding(
            check=check,
            severity=Severity.WARNING,
            score=min(max(p, 0.0), 1.0),
            message=_message(dataset, neighbours, row, column, p, extra),
            items=(_item(dataset, row),),
            labels=(name,),
            suggestion=f"Take the label {dataset.called(name)} away, unless the image shows it."
            if extra
            else f"Add the label {dataset.called(name)}, unless the image does not show it.",
            evidence={
                "label": name,
                "given": dataset.label_name(row),
                "suggested": corrected(dataset, row, [column]),
                "p_mislabel": round(p, 4),
                "threshold": quality.threshold,
            },
        )


def _item(dataset: Dataset, row: int) -> ItemRef:
    return ItemRef(dataset.paths[row], dataset.images.pixel_digests[row], dataset.label_name(row), dataset.splits[row])


def _message(dataset: Dataset, neighbours: Neighbours, row: int, column: int, p: float, extra: bool) -> str:
    assert dataset.several is not None
    name = dataset.called(dataset.classes[column])
    sure = f"{p:.0%}" if p < SURE else "over 99%"
    first = f"Has the label {name}, looks without" if extra else f"Looks like {name}, too, and is not labelled so"
    near = neighbours.rows[row, :NEAREST]
    near = near[near >= 0]
    also = int((dataset.several[near, column] == 1).sum())
    beside = f"; {also} of its {len(near)} nearest images {'has' if also == 1 else 'have'} it" if len(near) else ""
    return f"{first}, probability of {'a wrong' if extra else 'a missing'} label {sure}{beside}."


def corrected(dataset: Dataset, row: int, columns: list[int]) -> str:
    """The labels of an image with those of some classes taken away where it has them, and added where not."""
    assert dataset.several is not None
    has = dataset.several[row] == 1
    has[columns] = ~has[columns]
    return text_of(dataset.classes[column] for column in np.flatnonzero(has).tolist())
