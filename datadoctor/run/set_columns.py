"""The columns of the table of items where images have several labels: of each image what its most doubtful labels say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datadoctor.stages.dataset import Dataset
from datadoctor.stages.label_sets import LabelSetQuality
from datadoctor.stages.label_sets.doubts import corrected


def set_columns(dataset: Dataset, quality: LabelSetQuality) -> dict[str, Any]:
    """By column, values of the n rows of a dataset.

    ``p_mislabel``: probability that any label is wrong or missing. ``suggested_label``: the labels with all flagged ones taken away or
    added. ``kind``: 'extra label', 'missing label' or 'extra and missing labels' where some are flagged. ``self_confidence``: the least
    probability, without looking at the label, of what the labels say of a class.
    """
    assert dataset.several is not None
    has, judged = dataset.several == 1, np.asarray(quality.judged.any(axis=1))
    stands = np.where(has, 1, -1) * quality.logits
    likely = 1 / (1 + np.exp(-np.where(quality.judged, stands, np.inf).astype(np.float64)))
    return {
        "mislabel_score": quality.scores,
        "p_mislabel": quality.scores,
        "self_confidence": likely.min(axis=1, initial=1.0).astype(np.float32),
        "neighbour_agreement": np.full(len(dataset), np.nan, dtype=np.float32),
        "suggested_label": [
            corrected(dataset, row, np.flatnonzero(quality.flagged[row]).tolist()) if judged[row] else ""
            for row in range(len(dataset))
        ],
        "kind": list(_kinds(quality.flagged & has, quality.flagged & ~has)),
        "flagged": quality.flagged.any(axis=1),
        "judged": judged,
    }


def _kinds(extra: NDArray[np.bool_], missing: NDArray[np.bool_]) -> Iterator[str]:
    for much, little in zip(extra.sum(axis=1).tolist(), missing.sum(axis=1).tolist(), strict=True):
        kinds = [word for word, count in (("extra", much), ("missing", little)) if count]
        yield f"{' and '.join(kinds)} label{'s' if much + little > 1 else ''}" if kinds else ""
