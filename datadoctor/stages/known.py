"""The true classes that reviewers said: what the views learn from in place of the given labels, and the noise is not fitted on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from datadoctor.findings import journal
from datadoctor.stages import stage
from datadoctor.stages.dataset import Dataset


@stage()
def known(dataset: Dataset, *, answers: Path | None, notice: Callable[[str], None]) -> NDArray[np.int32]:
    """(n,) the true class where all who answered in a review say the same one, -1 elsewhere."""
    found = np.full(len(dataset), -1, dtype=np.int32)
    if answers is None:
        return found
    row_of = {path: row for row, path in enumerate(dataset.paths)}
    number_of = {name: number for number, name in enumerate(dataset.classes)}
    strangers = 0
    for path, (digest, label) in journal.true_labels(journal.read(answers)).items():
        row = row_of.get(path)
        if row is None or dataset.images.digests[row] != digest or label not in number_of:
            strangers += 1
        else:
            found[row] = number_of[label]
    if strangers:
        notice(f"{answers}: {strangers:,} answers are about images or classes that are not in this dataset (any more)")
    return found


def taught(labels: NDArray[np.int32], known: NDArray[np.int32]) -> NDArray[np.int32]:
    """What views learn from (n,): the labels as given, or as they are known to be."""
    return np.where(known >= 0, known, labels).astype(np.int32)
