"""Out-of-sample class probabilities: the user's, those of probes, those of a network trained here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from datadoctor.errors import NotApplicableError
from datadoctor.progress import Progress
from datadoctor.sources import Listing
from datadoctor.stages import fit, stage
from datadoctor.stages.dataset import Dataset
from datadoctor.stages.embeddings import Embeddings, FurtherView, Landmarks, Stage
from datadoctor.stages.embeddings.choice import TRAINED_HERE
from datadoctor.stages.known import taught
from datadoctor.stages.predictions import Predictions

if TYPE_CHECKING:
    from datadoctor.stages.embeddings.choice import Choice

Folds = NDArray[np.int8]
Known = NDArray[np.int32]
Vectors = NDArray[np.float32] | NDArray[np.float16]
Seen = tuple[NDArray[np.float32] | None, NDArray[np.float16] | None]
# All share what they compute, so many of them cost little, and each sees nearly all that can be learnt from.
FOLDS_OF_LIKENESS = 20


@fit(keep=True)
def serving(choice: Choice, seen: Seen, dataset: Dataset, device: str) -> tuple[str, ...]:
    """The names of the networks' stages that serve on this dataset; none without a network."""
    from datadoctor.stages.predictions.serving import serving

    if choice.extractor is None or seen[0] is None or seen[1] is None:
        return ()
    labels, digests, n_classes = dataset.strata(), dataset.images.pixel_digests, len(dataset.classes)
    looked: list[tuple[Vectors, tuple[Stage, ...]]] = [(seen[0], choice.extractor.stages)]
    for view in choice.extractor.views:
        if stages := choice.extractor.view_stages.get(view.name):
            looked.append((seen[1][:, view.start : view.stop], stages))
    chosen = [serving(vectors, stages, labels, n_classes, digests, device=device) for vectors, stages in looked]
    return tuple(name for names in chosen for name in names)


@stage()
def folds(dataset: Dataset, groups: NDArray[np.int32]) -> Folds:
    """(n,) int8: the fold in which each image is held out."""
    from datadoctor.stages.predictions import folds

    if len(dataset.classes) < 2:
        n_classes = "one class only" if dataset.classes else "no labels"
        raise NotApplicableError(f"{n_classes}: there is nothing to confuse")
    return folds.assign(dataset.strata(), groups, dataset.images.pixel_digests)


@stage()
def predictions(
    dataset: Dataset, *, pred_probs: Path | None, model: str
) -> Literal["brought_predictions", "trained_predictions", "probe_predictions"]:
    """The user's probabilities, else those of a network trained here if asked for, else of a cross-validated probe."""
    if dataset.several is not None:
        raise NotApplicableError(
            "images have several labels: each label is judged by itself, and no two exclude each other"
        )
    if pred_probs:
        return "brought_predictions"
    return "trained_predictions" if model == TRAINED_HERE else "probe_predictions"


@stage()
def brought_predictions(
    listing: Listing, dataset: Dataset, small: NDArray[np.uint8], *, pred_probs: Path, notice: Callable[[str], None]
) -> Predictions:
    """The probabilities that the user brings."""
    from datadoctor.stages.brought.orders import of_listing
    from datadoctor.stages.predictions import precomputed

    return precomputed.read(pred_probs, of_listing(listing, dataset.listing_rows), dataset.classes, small, notice)


@stage(keep=True)
def trained(
    dataset: Dataset, small: NDArray[np.uint8], folds: Folds, *, model: str, seed: int, device: str, progress: Progress
) -> tuple[Predictions, ...]:
    """Those of a network trained here, as it was at the end and over the epochs; none unless asked for."""
    from datadoctor.stages.predictions.training import train

    if model != TRAINED_HERE:
        return ()
    n_classes = len(dataset.classes)
    made = train(small, dataset.labels, folds, n_classes, seed=seed, device=device, progress=progress)
    return made.at_the_end, made.over_the_epochs


@stage()
def trained_predictions(trained: tuple[Predictions, ...]) -> Predictions:
    """Those of the network trained here, as it was at the end."""
    return trained[0]


@stage(keep=True)
def probe_predictions(
    embeddings: Embeddings, dataset: Dataset, folds: Folds, known: Known, device: str, *, progress: Progress
) -> Predictions:
    """Those of a probe on the embeddings."""
    from datadoctor.stages.predictions import probe

    labels, n_classes = taught(dataset.labels, known), len(dataset.classes)
    return probe.predict(embeddings.vectors, labels, n_classes, folds, device=device, progress=progress)


@stage(keep=True)
def own_predictions(
    own_filters: Embeddings | None, dataset: Dataset, folds: Folds, known: Known, device: str, *, progress: Progress
) -> Predictions | None:
    """Those of a probe on the second view, None where there is none."""
    from datadoctor.stages.predictions import probe

    if own_filters is None:
        return None
    labels, n_classes = taught(dataset.labels, known), len(dataset.classes)
    return probe.predict(own_filters.vectors, labels, n_classes, folds, device=device, progress=progress)


@stage(keep=True)
def further_predictions(
    further_views: tuple[FurtherView, ...],
    landmarks: Landmarks | None,
    dataset: Dataset,
    folds: Folds,
    known: Known,
    device: str,
    *,
    progress: Progress,
) -> tuple[Predictions, ...]:
    """Those of probes on the network's further views; none where these are in the likeness."""
    from datadoctor.stages.predictions import probe

    if landmarks is not None:
        return ()
    labels, n_classes = taught(dataset.labels, known), len(dataset.classes)
    return tuple(
        probe.predict(view.vectors, labels, n_classes, folds, device=device, progress=progress)
        for view in further_views
    )


@stage(keep=True)
def likeness_predictions(
    likeness: FurtherView | None, dataset: Dataset, groups: NDArray[np.int32], known: Known, device: str
) -> Predictions | None:
    """Those of a probe of least squares on how alike images are, None where that is no view."""
    from datadoctor.stages.predictions import folds, squares

    if likeness is None:
        return None
    held_out = folds.assign(dataset.labels, groups, dataset.images.pixel_digests, FOLDS_OF_LIKENESS)
    labels, n_classes = taught(dataset.labels, known), len(dataset.classes)
    return squares.predict(likeness.vectors, labels, n_classes, held_out, device=device)
