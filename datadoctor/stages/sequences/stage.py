"""Which images are frames of one recording."""

from __future__ import annotations

from datadoctor.stages import stage
from datadoctor.stages.dataset import Dataset
from datadoctor.stages.index import Neighbours
from datadoctor.stages.sequences import Sequences


@stage()
def sequences(dataset: Dataset, neighbours: Neighbours) -> Sequences:
    """Recordings, told by numbered names that follow what the images show."""
    from datadoctor.stages.sequences import sequences as found

    return found(dataset.paths, dataset.splits, neighbours)
