"""The tree of the classes: the given one, else one learnt from the confusions."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from datadoctor.sources import Listing
from datadoctor.stages import stage
from datadoctor.stages.confusion import Confusion
from datadoctor.stages.dataset import Dataset
from datadoctor.stages.hierarchy import Hierarchy
from datadoctor.stages.predictions import Predictions


@stage()
def given_hierarchy(listing: Listing, *, hierarchy: Path | None) -> Hierarchy | None:
    """The user's hierarchy: a file, or nested class folders; None without either."""
    from datadoctor.stages.hierarchy import given

    if hierarchy:
        return given.read(hierarchy, listing.classes)
    if any(listing.superclasses.values()):
        return given.from_folders(listing.superclasses, listing.classes)
    return None


@stage()
def class_names(given_hierarchy: Hierarchy | None) -> Mapping[str, str]:
    """What people call those classes whose names are ids, by id."""
    return given_hierarchy.class_names if given_hierarchy else {}


@stage(keep=True)
def learnt_hierarchy(
    confusion: Confusion, dataset: Dataset, predictions: Predictions, given_hierarchy: Hierarchy | None, *, seed: int
) -> Hierarchy:
    """The hierarchy learnt from the confusions."""
    from datadoctor.stages.hierarchy import learnt

    probabilities = predictions.probabilities
    return learnt.learn(confusion, dataset.labels, probabilities, dataset.classes, given_hierarchy, seed)


@stage()
def hierarchy(given_hierarchy: Hierarchy | None) -> Literal["given_hierarchy", "learnt_hierarchy"]:
    """The given hierarchy where there is one, else the learnt."""
    return "given_hierarchy" if given_hierarchy else "learnt_hierarchy"
