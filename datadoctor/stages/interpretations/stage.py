"""For which few reasons flagged images look like another class."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datadoctor.errors import NotAvailableError
from datadoctor.stages import stage
from datadoctor.stages.dataset import Dataset
from datadoctor.stages.interpretations import Interpretations
from datadoctor.stages.label_quality import LabelQuality

if TYPE_CHECKING:
    from datadoctor.stages.label_quality.views import View


@stage(keep=True)
def interpretations(dataset: Dataset, label_quality: LabelQuality, views: tuple[View, ...]) -> Interpretations:
    """Which flagged images look like another class for the same reason, and which one stands for them."""
    from datadoctor.stages.interpretations.find import find

    heard = [view for view in views if label_quality.weights[view.name] > 0]
    if not heard:
        raise NotAvailableError("only the neighbours were heard: there are no boundaries between classes")
    return find(dataset.labels, label_quality, heard)
