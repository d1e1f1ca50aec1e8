"""Pairs of the same picture, and which images they join; and planted copies, by which the search for them is measured."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from datadoctor.progress import Progress
from datadoctor.stages import stage
from datadoctor.stages.dataset import Dataset
from datadoctor.stages.duplicates import DuplicatePairs
from datadoctor.stages.embeddings import Embeddings
from datadoctor.stages.embeddings.filters import Filters
from datadoctor.stages.index import Neighbours

if TYPE_CHECKING:
    from datadoctor.stages.duplicates.planting import Planted
    from datadoctor.stages.embeddings.choice import Choice


@stage()
def planted(dataset: Dataset, choice: Choice, small_side: int, *, seed: int) -> Planted:
    """Changed copies of some images, and whether they are recognised."""
    from datadoctor.stages.duplicates.planting import planted

    return planted(dataset, choice.extractor, small_side, seed=seed)


@stage()
def planted_vectors(
    choice: Choice, *, embeddings: Path | None
) -> Literal["planted_by_network", "planted_by_filters"] | None:
    """What the eye of the embeddings sees of the planted copies; None where the user brings the embeddings."""
    if embeddings:
        return None
    return "planted_by_network" if choice.extractor else "planted_by_filters"


@stage()
def planted_by_network(choice: Choice, planted: Planted, serving: tuple[str, ...]) -> NDArray[np.float32]:
    """What the network sees of the planted copies."""
    from datadoctor.stages.embeddings.extractor import embedded
    from datadoctor.stages.embeddings.narrowing import Narrowed

    assert choice.extractor is not None  # else filters look at them
    vectors = embedded(choice.extractor, planted.shown)
    return Narrowed(choice.extractor.stages, serving).narrowed(vectors)


@stage()
def planted_by_filters(planted: Planted, filters: Filters, device: str) -> NDArray[np.float32]:
    """What the dataset's own filters see of the planted copies."""
    from datadoctor.stages.embeddings.patches import filter_vectors

    return filter_vectors(filters, planted.small, device=device)


@stage(keep=True)
def duplicates(
    dataset: Dataset,
    small: NDArray[np.uint8],
    neighbours: Neighbours,
    embeddings: Embeddings,
    planted: Planted,
    planted_vectors: NDArray[np.float32] | None,
    *,
    progress: Progress,
    device: str,
    seed: int,
) -> DuplicatePairs:
    """Verified pairs of the same picture."""
    from datadoctor.stages.duplicates.find import find

    seen = None if planted_vectors is None else (embeddings.vectors, planted_vectors)
    return find(dataset, small, neighbours, planted=planted, seen=seen, progress=progress, device=device, seed=seed)


@stage()
def groups(dataset: Dataset, duplicates: DuplicatePairs) -> NDArray[np.int32]:
    """(n,) rows with the same value show the same picture, or parts of one photo."""
    from datadoctor.stages.duplicates.groups import joined

    return joined(duplicates.group_of(len(dataset)), dataset.photos())
