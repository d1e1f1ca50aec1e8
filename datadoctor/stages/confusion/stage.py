"""Who is predicted as what."""

from __future__ import annotations

from datadoctor.stages import stage
from datadoctor.stages.confusion import Confusion
from datadoctor.stages.dataset import Dataset
from datadoctor.stages.predictions import Predictions


@stage(keep=True)
def confusion(dataset: Dataset, predictions: Predictions) -> Confusion:
    """Confident joint, transition matrix and soft confusion."""
    from datadoctor.stages.confusion import confident

    return confident.estimate(dataset.labels, predictions.probabilities)
