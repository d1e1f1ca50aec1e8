"""What the report shows about the classes beyond the tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datadoctor.errors import NotApplicableError
from datadoctor.progress import Progress
from datadoctor.stages import stage
from datadoctor.stages.class_pairs import ClassPairs
from datadoctor.stages.class_structure import (
    ConfusionNetwork,
    Cut,
    Destinations,
    Detectors,
    GroupMetrics,
    LevelAccuracy,
    Patches,
    Responses,
    Separability,
    Splits,
    TwoStage,
)
from datadoctor.stages.confusion import Confusion
from datadoctor.stages.dataset import Dataset
from datadoctor.stages.dataset.look import Look
from datadoctor.stages.embeddings import Embeddings
from datadoctor.stages.embeddings.choice import TRAINED_HERE
from datadoctor.stages.hierarchy import Hierarchy
from datadoctor.stages.predictions import Predictions

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from datadoctor.stages.embeddings.choice import Choice
    from datadoctor.stages.hierarchy.comparison import Agreement

# The two-stage probe costs another probe and more; it is a comparison for the report, not a part of any judgement.
MOST_ITEMS_IN_TWO_STAGES = 10_000


@stage()
def group_metrics(hierarchy: Hierarchy, confusion: Confusion) -> GroupMetrics:
    """Recall, precision and confusions of every node of the tree."""
    from datadoctor.stages.class_structure.groups import group_metrics

    return group_metrics(hierarchy, confusion)


@stage()
def level_accuracy(hierarchy: Hierarchy, confusion: Confusion) -> LevelAccuracy:
    """Accuracy of classes and of superclasses, beside chance."""
    from datadoctor.stages.class_structure.groups import level_accuracy

    return level_accuracy(hierarchy, confusion)


@stage()
def cuts(hierarchy: Hierarchy, confusion: Confusion) -> tuple[Cut, ...]:
    """How well the groups of each cut of the tree are told apart, coarsest first."""
    from datadoctor.stages.class_structure.groups import cuts

    return cuts(hierarchy, confusion)


@stage(keep=True)
def confusion_network(confusion: Confusion, *, seed: int) -> ConfusionNetwork:
    """Confusions beyond chance, hubs and communities."""
    from datadoctor.stages.class_structure.network import confusion_network

    return confusion_network(confusion, seed)


@stage()
def destinations(confusion: Confusion) -> Destinations:
    """Where the items of each class go when it is left out."""
    from datadoctor.stages.class_structure.network import destinations

    return destinations(confusion)


@stage()
def agreement(given_hierarchy: Hierarchy | None, learnt_hierarchy: Hierarchy, *, seed: int) -> Agreement:
    """How well the learnt tree agrees with the given one."""
    from datadoctor.stages.hierarchy.comparison import agreement

    if given_hierarchy is None:
        raise NotApplicableError("no hierarchy was given to compare the learnt one with")
    return agreement(given_hierarchy, learnt_hierarchy, seed)


@stage(keep=True)
def separability(dataset: Dataset, embeddings: Embeddings, hierarchy: Hierarchy) -> Separability:
    """How well each stage of the network tells the groups of each level of the tree apart."""
    from datadoctor.stages.class_structure.separability import separability

    return separability(dataset.labels, _of_several_stages(embeddings), hierarchy)


@stage(keep=True)
def class_splits(dataset: Dataset, embeddings: Embeddings, predictions: Predictions) -> Splits:
    """How cleanly each class falls apart in two."""
    from datadoctor.stages.class_structure.splits import find_splits

    return find_splits(dataset.labels, predictions.probabilities, embeddings.vectors)


@stage()
def responses(dataset: Dataset, embeddings: Embeddings, hierarchy: Hierarchy) -> tuple[Responses, ...]:
    """What the channels of each stage respond to."""
    from datadoctor.stages.class_structure.responses import responses

    return responses(dataset.labels, _of_several_stages(embeddings), hierarchy)


@stage()
def detectors(dataset: Dataset, embeddings: Embeddings, class_pairs: ClassPairs) -> Detectors:
    """The channels of each stage that part the most ambiguous pairs of classes best."""
    from datadoctor.stages.class_structure.detectors import detectors

    if not (class_pairs.ambiguity > 0).any():
        raise NotApplicableError("no two classes are mixed up")
    return detectors(dataset.labels, _of_several_stages(embeddings), class_pairs)


@stage(keep=True)
def patches(
    dataset: Dataset,
    embeddings: Embeddings,
    groups: NDArray[np.int32],
    detectors: Detectors,
    choice: Choice,
    look: Look,
    *,
    progress: Progress,
) -> Patches:
    """What those channels respond to most: the strongest patches of the dataset's images."""
    from datadoctor.stages.class_structure.patches import patches

    assert choice.extractor is not None  # else there are no several stages
    return patches(dataset, embeddings, groups, detectors, choice.extractor, look, progress)


def _of_several_stages(embeddings: Embeddings) -> Embeddings:
    if len(embeddings.stages) < 2:
        raise NotApplicableError(f"the embeddings ({embeddings.made_by}) do not come from stages of a network")
    return embeddings


@stage(keep=True)
def two_stage(
    dataset: Dataset, embeddings: Embeddings, predictions: Predictions, hierarchy: Hierarchy, device: str, *, model: str
) -> TwoStage:
    """A probe for the superclass and one for the class within it, against the flat probe."""
    from datadoctor.stages.class_structure.two_stage import compare_two_stage

    if model == TRAINED_HERE:
        raise NotApplicableError("the predictions are those of a trained network, not of a probe")
    if len(dataset) > MOST_ITEMS_IN_TWO_STAGES:
        raise NotApplicableError(
            f"compared up to {MOST_ITEMS_IN_TWO_STAGES:,} images only, for it takes two more probes"
        )
    return compare_two_stage(dataset.labels, embeddings.vectors, predictions, hierarchy, device)
