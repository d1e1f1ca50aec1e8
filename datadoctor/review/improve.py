"""Judges the labels of a run again with the answers of its review: nothing is looked at again, what learns from labels learns anew."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from datadoctor.flow import Flow
from datadoctor.progress import Silent
from datadoctor.run import Run
from datadoctor.run.originals import settings_of
from datadoctor.stages.label_quality import LabelQuality


@dataclass(frozen=True)
class Improved:
    """``items``: the table with the new judgement. ``up`` and ``down``: places that are flagged now, or not any more.

    ``estimate``, ``low`` and ``high``: the share of wrong labels; ``known``: how many answers were heeded.
    """

    items: pd.DataFrame
    up: NDArray[np.int64]
    down: NDArray[np.int64]
    estimate: float
    low: float
    high: float
    known: int


def judged_again(run: Run, journal: Path) -> Improved:
    """The judgement of a run's labels with the answers in ``journal``; writes into what the run keeps of its stages, nothing else.

    Raises ``DataDoctorError`` where the dataset is not there any more, and ``NotAvailableError`` where labels cannot be judged.
    """
    # What does not follow from labels was kept by the audit, and is not even asked for.
    config = settings_of(run, out=run.path, answers=journal)
    flow = Flow(Path(run.summary["source"]), config, Silent())
    dataset = flow["dataset"]
    return _improved(run.items, dataset.paths, dataset.classes, flow["label_quality"], flow["known"])


def _improved(
    items: pd.DataFrame,
    paths: tuple[str, ...],
    classes: tuple[str, ...],
    quality: LabelQuality,
    known: NDArray[np.int32],
) -> Improved:
    row_of = {path: row for row, path in enumerate(paths)}
    at = np.array([row_of.get(path, -1) for path in items["path"]], dtype=np.int64)
    judged = (at >= 0) & np.append(quality.judged, False)[at]

    def spread(values: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.where(judged, np.append(values, np.nan)[at], np.nan).astype(np.float32)

    flagged = judged & np.append(quality.flagged, False)[at]
    names = np.array([*classes, ""], dtype=object)
    suggested = np.where(
        at >= 0, names[np.append(quality.suggested, -1)[at]], items["suggested_label"].to_numpy(object)
    )
    new = items.assign(
        p_mislabel=spread(quality.p_mislabel),
        mislabel_score=spread(quality.scores),
        flagged=flagged,
        suggested_label=suggested,
    )
    was = items["flagged"].to_numpy(bool)
    open_still = np.append(known, -1)[at] < 0
    rate = quality.error_rate
    return Improved(
        new,
        np.flatnonzero(flagged & ~was & open_still),
        np.flatnonzero(was & ~flagged & open_still),
        rate.estimate,
        rate.low,
        rate.high,
        int((known >= 0).sum()),
    )
