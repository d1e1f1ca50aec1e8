"""How likely each given label is wrong; and that judgement as a function, for images that come later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from datadoctor.progress import Progress
from datadoctor.stages import fit, stage
from datadoctor.stages.dataset import Dataset
from datadoctor.stages.embeddings import LIKENESS, OWN_FILTERS, Embeddings, FurtherView, further
from datadoctor.stages.embeddings.choice import TRAINED_HERE
from datadoctor.stages.embeddings.filters import Filters
from datadoctor.stages.hierarchy import Hierarchy
from datadoctor.stages.index import Neighbours
from datadoctor.stages.label_quality import LabelQuality
from datadoctor.stages.label_quality.evidence import Evidence
from datadoctor.stages.label_quality.label_judge import LabelJudge, SeenBy
from datadoctor.stages.predictions import Predictions

if TYPE_CHECKING:
    from datadoctor.stages.label_quality.views import View


@stage(keep=True)
def filters_serve(
    dataset: Dataset,
    small: NDArray[np.uint8],
    filters: Filters,
    embeddings: Embeddings,
    further_views: tuple[FurtherView, ...],
    main_view: str,
    device: str,
    predictions: Predictions | None = None,
    *,
    pred_probs: Path | None,
    progress: Progress,
) -> bool:
    """Whether the dataset's own filters serve beside what else looks at the images; asked of a sample where there are many."""
    from datadoctor.stages.embeddings.patches import filter_vectors
    from datadoctor.stages.label_quality import second_view
    from datadoctor.stages.predictions.serving import sample

    size = second_view.sample_size(int((dataset.labels >= 0).sum()))
    if main_view == OWN_FILTERS or not size or predictions is None:
        return len(dataset) > 0
    rows = sample(dataset.labels, dataset.images.pixel_digests, size)
    others: list[second_view.Vectors] = [embeddings.vectors, *(view.vectors for view in further_views)]
    adds = second_view.adds(
        filter_vectors(filters, np.asarray(small[rows]), device=device),
        [vectors[rows] for vectors in others],
        predictions.probabilities[rows] if pred_probs else None,
        dataset.labels[rows],
        [dataset.images.pixel_digests[row] for row in rows],
        len(dataset.classes),
        device,
    )
    if not adds:
        progress.say(
            f"The dataset's own filters add nothing on {size:,} images of a sample: the others are not looked at"
        )
    return adds


@stage()
def looks(
    view_vectors: Mapping[str, NDArray[np.float32] | NDArray[np.float16]],
    main_view: str,
    predictions: Predictions,
    further_views: tuple[FurtherView, ...],
    further_predictions: tuple[Predictions, ...],
    likeness_predictions: Predictions | None,
    own_predictions: Predictions | None,
    *,
    pred_probs: Path | None,
    model: str,
) -> Mapping[str, SeenBy]:
    """What a probe looks at, by the name of the view, and what it predicted."""
    predicted: dict[str, Predictions] = {}
    if not pred_probs and model != TRAINED_HERE:
        predicted[main_view] = predictions
        if likeness_predictions:
            predicted[further(LIKENESS)] = likeness_predictions
        else:
            names = (further(view.name) for view in further_views)
            predicted |= dict(zip(names, further_predictions, strict=True))
    if own_predictions:
        predicted[OWN_FILTERS] = own_predictions
    return {name: SeenBy(view_vectors[name], made) for name, made in predicted.items()}


@stage()
def views(
    dataset: Dataset,
    predictions: Predictions,
    trained: tuple[Predictions, ...],
    looks: Mapping[str, SeenBy],
    device: str,
    *,
    pred_probs: Path | None,
    progress: Progress,
) -> tuple[View, ...]:
    """Independent opinions on each image's class."""
    from datadoctor.stages.label_quality.views import View, of_probe

    if pred_probs:
        first = [View("given probabilities", predictions.probabilities)]
    else:
        names = ("trained network", "training dynamics")
        first = [View(name, made.probabilities) for name, made in zip(names, trained, strict=False)]
    probes = [
        of_probe(name, seen.predictions, seen.vectors, dataset.labels, device=device, progress=progress)
        for name, seen in looks.items()
    ]
    return (*first, *probes)


@stage(keep=True)
def label_judgement(
    dataset: Dataset,
    views: tuple[View, ...],
    neighbours: Neighbours,
    groups: NDArray[np.int32],
    hierarchy: Hierarchy,
    known: NDArray[np.int32],
) -> LabelQuality:
    """How likely each given label is wrong, before anybody audited some by hand."""
    from datadoctor.stages.label_quality.judge import judge

    labels, classes = dataset.labels, dataset.classes
    return judge(labels, classes, views, neighbours=neighbours, groups=groups, hierarchy=hierarchy, known=known)


@stage()
def label_quality(
    label_judgement: LabelQuality, dataset: Dataset, evidence_maps: Evidence | None = None, *, audited: Path | None
) -> LabelQuality:
    """How likely each given label is wrong."""
    from datadoctor.stages.label_quality.audit_answers import recalibrated
    from datadoctor.stages.label_quality.evidence import reread

    quality = recalibrated(label_judgement, dataset, audited) if audited else label_judgement
    return replace(quality, kinds=reread(quality.kinds, evidence_maps)) if evidence_maps else quality


@fit()
def label_judge(
    dataset: Dataset,
    label_quality: LabelQuality,
    neighbours: Neighbours,
    groups: NDArray[np.int32],
    looks: Mapping[str, SeenBy],
    device: str,
) -> LabelJudge:
    """The judgement of labels as a function of one image and one label."""
    from datadoctor.stages.label_quality.label_judge import distil

    return distil(dataset.labels, dataset.classes, label_quality, neighbours, groups, looks, device)
