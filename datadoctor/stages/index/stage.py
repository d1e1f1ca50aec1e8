"""The nearest neighbours of every image; and the images and vectors that later ones are compared with."""

from __future__ import annotations

import numpy as np

from datadoctor.stages import fit, stage
from datadoctor.stages.dataset import Dataset
from datadoctor.stages.embeddings import Embeddings
from datadoctor.stages.index import NEIGHBOURS, Neighbours, Reference


@fit()
def reference(dataset: Dataset, embeddings: Embeddings) -> Reference:
    """The readable images and their vectors."""
    return Reference(dataset.images, np.asarray(embeddings.vectors))


@stage(keep=True)
def neighbours(embeddings: Embeddings, *, device: str, seed: int) -> Neighbours:
    """The nearest neighbours of every image in the embedding."""
    from datadoctor.stages.index.build import build

    return build(embeddings.vectors, NEIGHBOURS, device=device, seed=seed)
