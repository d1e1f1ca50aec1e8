"""Which classes are confused with each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datadoctor.stages import stage
from datadoctor.stages.class_pairs import ClassPairs
from datadoctor.stages.dataset import Dataset
from datadoctor.stages.hierarchy import Hierarchy
from datadoctor.stages.label_quality import LabelQuality

if TYPE_CHECKING:
    from datadoctor.stages.label_quality.views import View


@stage(keep=True)
def class_pairs(
    dataset: Dataset, views: tuple[View, ...], hierarchy: Hierarchy, label_quality: LabelQuality | None = None
) -> ClassPairs:
    """Classes that are confused with each other, by all views fused."""
    from datadoctor.stages.class_pairs.find import find
    from datadoctor.stages.confusion.confident import estimate
    from datadoctor.stages.label_quality.fusion import fused

    labels = dataset.labels
    seen = fused([view.probabilities for view in views], labels)
    return find(labels, seen, estimate(labels, seen), hierarchy, label_quality)
