"""Pairs of the same picture, and which images they join."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from datadoctor.progress import Progress
from datadoctor.stages import stage
from datadoctor.stages.dataset import Dataset
from datadoctor.stages.duplicates import DuplicatePairs
from datadoctor.stages.index import Neighbours


@stage(keep=True)
def duplicates(
    dataset: Dataset, small: NDArray[np.uint8], neighbours: Neighbours, *, progress: Progress, device: str, seed: int
) -> DuplicatePairs:
    """Verified pairs of the same picture."""
    from datadoctor.stages.duplicates.find import find

    return find(dataset, small, neighbours, progress=progress, device=device, seed=seed)


@stage()
def groups(dataset: Dataset, duplicates: DuplicatePairs) -> NDArray[np.int32]:
    """(n,) rows with the same value show the same picture, or parts of one photo."""
    from datadoctor.stages.duplicates.groups import joined

    return joined(duplicates.group_of(len(dataset)), dataset.photos())
