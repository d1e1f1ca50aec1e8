"""How likely each label of a set is wrong, or lacking; and that judgement as a function, for images that come later."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from datadoctor.errors import DataDoctorError, NotApplicableError
from datadoctor.sources import Listing
from datadoctor.stages import fit, stage
from datadoctor.stages.dataset import Dataset
from datadoctor.stages.index import Neighbours
from datadoctor.stages.label_sets import LabelSetQuality, SetPredictions
from datadoctor.stages.label_sets.set_judge import NEIGHBOURS, LabelSetJudge

BROUGHT = "own probabilities"
Vectors = NDArray[np.float32] | NDArray[np.float16]


@stage()
def label_sets(dataset: Dataset, *, answers: Path | None, audited: Path | None) -> NDArray[np.int8]:
    """(n, K) the labels of images that may have several: 1 where an image has the class, 0 where not, -1 without labels."""
    from datadoctor.stages.label_sets.judge import may_judge

    if dataset.several is None:
        raise NotApplicableError("every image has one label")
    given = answers or audited
    if given:
        raise DataDoctorError(
            f"{given}: answers are about one label an image, and these images have several; leave it out, or give "
            "--label-separator '' if each cell is one label"
        )
    if not may_judge(dataset.several).any():
        raise NotApplicableError("no class that enough images have, and enough do not, to be judged")
    return dataset.several


@stage(keep=True)
def set_predictions(
    label_sets: NDArray[np.int8], view_vectors: Mapping[str, Vectors], folds: NDArray[np.int8], device: str
) -> Mapping[str, SetPredictions]:
    """Of each view, what probes on it say of each class of each image."""
    from datadoctor.stages.label_sets import probe

    return {name: probe.predict(vectors, label_sets, folds, device=device) for name, vectors in view_vectors.items()}


@stage()
def brought_set_predictions(
    label_sets: NDArray[np.int8], listing: Listing, dataset: Dataset, *, pred_probs: Path | None
) -> SetPredictions | None:
    """What the user's own probabilities say of each class of each image; None where none are brought."""
    from datadoctor.stages.brought.orders import of_listing
    from datadoctor.stages.label_sets import brought

    if pred_probs is None:
        return None
    return brought.read(pred_probs, of_listing(listing, dataset.listing_rows), dataset.classes)


@stage(keep=True)
def label_set_quality(
    label_sets: NDArray[np.int8],
    dataset: Dataset,
    set_predictions: Mapping[str, SetPredictions],
    brought_set_predictions: SetPredictions | None,
    neighbours: Neighbours,
    groups: NDArray[np.int32],
) -> LabelSetQuality:
    """How likely what the labels say of each class of each image is wrong."""
    brought = {BROUGHT: brought_set_predictions} if brought_set_predictions else {}
    return _judged(label_sets, dataset, {**set_predictions, **brought}, neighbours, groups)


def _judged(
    label_sets: NDArray[np.int8],
    dataset: Dataset,
    views: Mapping[str, SetPredictions],
    neighbours: Neighbours,
    groups: NDArray[np.int32],
) -> LabelSetQuality:
    from datadoctor.stages.label_sets import opinions
    from datadoctor.stages.label_sets.judge import judge

    said = {name: made.logits for name, made in views.items()}
    said[NEIGHBOURS] = opinions.of_neighbours(neighbours, label_sets, groups)
    return judge(label_sets, dataset.classes, said)


@fit()
def label_set_judge(
    label_sets: NDArray[np.int8],
    dataset: Dataset,
    label_set_quality: LabelSetQuality,
    set_predictions: Mapping[str, SetPredictions],
    brought_set_predictions: SetPredictions | None,
    neighbours: Neighbours,
    groups: NDArray[np.int32],
    view_vectors: Mapping[str, Vectors],
    device: str,
) -> LabelSetJudge:
    """The judgement of label sets as a function of one image and its labels; of new images nobody brings probabilities."""
    from datadoctor.stages.label_sets.set_judge import distil

    quality = label_set_quality
    if brought_set_predictions:
        quality = _judged(label_sets, dataset, set_predictions, neighbours, groups)
    return distil(label_sets, dataset.classes, quality, set_predictions, view_vectors, device)
