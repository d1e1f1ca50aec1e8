"""The judgement of label sets: views pooled, noise fitted, each class of each image given the probability that it is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from datadoctor.stages.label_quality import ErrorRate
from datadoctor.stages.label_quality.calibration import threshold
from datadoctor.stages.label_sets import FEWEST, LabelSetQuality, labelled
from datadoctor.stages.label_sets.noise import SetNoise, fit
from datadoctor.stages.label_sets.opinions import pooled


def judge(
    several: NDArray[np.int8], classes: Sequence[str], views: Mapping[str, NDArray[np.float32]]
) -> LabelSetQuality:
    """The judgement of n images and K classes from the log-odds (n, K) of independent views, by name."""
    known = labelled(several)
    has = several == 1
    enough = may_judge(several)
    weights, shifts = pooled(list(views.values()), several, enough)
    logits = together(list(views.values()), weights, shifts)
    columns = np.flatnonzero(enough)
    noise = spread(fit(logits[np.ix_(known, columns)], has[np.ix_(known, columns)]), columns, len(classes))
    p_wrong = np.where(known[:, None] & enough, noise.wrong(logits, has), 0).astype(np.float32)
    limit = threshold(p_wrong[np.ix_(known, columns)].ravel())
    choices: dict[str, str | float | list[float] | list[str]] = {
        "views": list(views),
        "weights": [round(float(weight), 4) for weight in weights],
        "threshold": round(limit, 4),
        "slope": noise.slope,
        "shift": noise.shift,
    }
    reasons = {
        classes[column]: f"fewer than {FEWEST} labelled images have it, or fewer than {FEWEST} do not"
        for column in np.flatnonzero(~enough).tolist()
    }
    return quality_of(logits, has, known[:, None] & enough, p_wrong, noise, choices, reasons, shifts)


def quality_of(
    logits: NDArray[np.float32],
    has: NDArray[np.bool_],
    judged: NDArray[np.bool_],
    p_wrong: NDArray[np.float32],
    noise: SetNoise,
    choices: Mapping[str, str | float | list[float] | list[str]],
    cannot_judge: Mapping[str, str],
    shifts: NDArray[np.float64],
) -> LabelSetQuality:
    """The judgement in full, from the probabilities (n, K) that what the labels say is wrong."""
    limit = float(choices["threshold"]) if isinstance(choices["threshold"], int | float) else 0.5
    scores = (1 - np.exp(np.log1p(-np.minimum(p_wrong.astype(np.float64), 1 - 1e-7)).sum(axis=1))).astype(np.float32)
    rows = np.asarray(judged.any(axis=1))
    flagged = judged & (p_wrong >= limit)
    return LabelSetQuality(
        logits=logits,
        p_wrong=p_wrong,
        flagged=flagged,
        judged=judged,
        missing=noise.missing,
        extra=noise.extra,
        shifts=shifts,
        scores=scores,
        error_rate=_rate(scores[rows], (judged & ((noise.there(logits) >= 0.5) != has))[rows].any(axis=1)),
        expected_errors=np.cumsum(-np.sort(-scores[rows]), dtype=np.float64).astype(np.float32),
        cannot_judge=cannot_judge,
        choices=choices,
    )


def may_judge(several: NDArray[np.int8]) -> NDArray[np.bool_]:
    """(K,) whether enough labelled images have a class, and enough do not."""
    return np.asarray(((several == 1).sum(axis=0) >= FEWEST) & ((several == 0).sum(axis=0) >= FEWEST))


def together(
    views: Sequence[NDArray[np.float32]], weights: NDArray[np.float64], shifts: NDArray[np.float64]
) -> NDArray[np.float32]:
    """(m, K) the log-odds of all views."""
    return np.asarray(sum(w * view for w, view in zip(weights, views, strict=True)) + shifts, dtype=np.float32)


def spread(noise: SetNoise, columns: NDArray[np.int64], n_classes: int) -> SetNoise:
    """The noise of some columns as that of all; what is not judged has none."""
    missing, extra = np.zeros(n_classes), np.zeros(n_classes)
    missing[columns], extra[columns] = noise.missing, noise.extra
    return SetNoise(missing, extra, noise.slope, noise.shift)


def _rate(scores: NDArray[np.float32], disagrees: NDArray[np.bool_]) -> ErrorRate:
    """Share of images with a wrong label: the middle is what is expected; how sure that is only an audit by hand tells."""
    n = max(len(scores), 1)
    middle = float(scores.mean(dtype=np.float64)) if len(scores) else 0.0
    sure = float(scores[scores >= 0.5].sum(dtype=np.float64)) / n
    high = max(middle, float(disagrees.mean()) if len(disagrees) else 0.0)
    low = max(sure - 2 * np.sqrt(max(sure * (1 - sure), 0) / n), 0.0)
    return ErrorRate(middle, float(min(low, middle)), float(min(high + 2 * np.sqrt(high * (1 - high) / n), 1.0)), False)
