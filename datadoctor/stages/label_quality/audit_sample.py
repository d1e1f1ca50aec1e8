"""An audit by hand: which items to look at, and what their answers say about all the others.

The only sound way to learn the share of wrong labels where the views cannot tell. Items are drawn from strata of
``p_mislabel``, most where the answer is least certain; each stratum's share of errors is then a beta posterior whose prior is
what was predicted, worth ``PRIOR_ITEMS`` looked-at items.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from datadoctor.errors import DataDoctorError
from datadoctor.stages.label_quality import ErrorRate, LabelQuality
from datadoctor.stages.label_quality.calibration import isotonic, threshold, with_mean
from datadoctor.stages.label_quality.error_rate import expected_errors
from datadoctor.stages.label_quality.kinds import UNSURE
from datadoctor.stages.label_quality.posterior import best_other

EDGES = (0.01, 0.05, 0.2, 0.4, 0.6, 0.8, 0.95)
# A prior worth little: the audit is there because the prediction is in doubt.
PRIOR_ITEMS = 2.0
# Even where all answers look certain some are asked for.
SMALLEST_DEVIATION = 0.05


def draw(quality: LabelQuality, size: int = 100, seed: int = 0) -> NDArray[np.int64]:
    """Rows to look at, (m,) int64 with m at most ``size``, sorted; the same for the same quality, size and seed.

    A stratum's share is proportional to its items times the standard deviation of their answers (Neyman 1934), and at least
    two.
    """
    return draw_rows(quality.judged, quality.p_mislabel, size, seed)


def draw_rows(
    judged: NDArray[np.bool_], p_mislabel: NDArray[np.float32], size: int = 100, seed: int = 0
) -> NDArray[np.int64]:
    """What ``draw`` does, from the two columns of a quality that it looks at."""
    rows = np.flatnonzero(judged)
    stratum = _stratum(p_mislabel[rows])
    members = [rows[stratum == index] for index in range(len(EDGES) + 1)]
    members = [group for group in members if len(group)]
    counts = _shares(members, p_mislabel, min(size, len(rows)))
    random = np.random.default_rng(seed)
    drawn = [random.choice(group, count, replace=False) for group, count in zip(members, counts, strict=True)]
    return np.sort(np.concatenate(drawn)) if drawn else rows


def recalibrate(
    quality: LabelQuality, labels: NDArray[np.int32], rows: NDArray[np.int64], wrong: NDArray[np.bool_]
) -> LabelQuality:
    """The quality with probabilities, error rate, threshold, flags and suggestions as the answers for ``rows`` say.

    ``labels`` (n,) int32 given; ``rows`` (m,) as drawn; ``wrong`` (m,) bool: the reviewer found the given label wrong. Raises
    ``DataDoctorError`` for a row that was never judged.
    """
    if not quality.judged[rows].all():
        raise DataDoctorError("the audit answers hold images whose label was not judged: use the sample that was drawn")
    moved, rate = _moved(quality.judged, quality.p_mislabel, rows, wrong)
    judged = np.flatnonzero(quality.judged)
    p = quality.p_mislabel.copy()
    p[judged] = isotonic(quality.scores[judged], moved.astype(np.float32))
    over = threshold(p[judged])
    # What a reviewer has seen is known.
    p[rows] = wrong
    flagged = quality.judged & (p >= over)
    flagged[rows] = wrong
    return _with(quality, labels, p, flagged, rate, over)


def rate_by_answers(
    judged: NDArray[np.bool_], p_mislabel: NDArray[np.float32], rows: NDArray[np.int64], wrong: NDArray[np.bool_]
) -> ErrorRate:
    """The share of wrong labels that ``recalibrate`` finds, from the two columns of a quality that it looks at."""
    return _moved(judged, p_mislabel, rows, wrong)[1]


def _moved(
    judged: NDArray[np.bool_], p_mislabel: NDArray[np.float32], rows: NDArray[np.int64], wrong: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], ErrorRate]:
    """The probabilities of the judged rows with each stratum's mean as the answers say, and the share of wrong labels."""
    moved = p_mislabel[np.flatnonzero(judged)].astype(np.float64)
    stratum, answered = _stratum(moved.astype(np.float32)), _stratum(p_mislabel[rows])
    share, variance = 0.0, 0.0
    for index in np.unique(stratum):
        here, told = stratum == index, wrong[answered == index]
        predicted = float(np.clip(moved[here].mean(), 1e-4, 1 - 1e-4))
        a = PRIOR_ITEMS * predicted + int(told.sum())
        b = PRIOR_ITEMS * (1 - predicted) + int((~told).sum())
        weight = here.mean()
        share += weight * a / (a + b)
        variance += weight**2 * _beta_variance(a + 0.5, b + 0.5)
        moved[here] = with_mean(moved[here], a / (a + b))
    half = 1.96 * float(variance) ** 0.5
    return moved, ErrorRate(float(share), max(float(share) - half, 0.0), min(float(share) + half, 1.0), True)


def _with(
    quality: LabelQuality,
    labels: NDArray[np.int32],
    p_mislabel: NDArray[np.float32],
    flagged: NDArray[np.bool_],
    rate: ErrorRate,
    over: float,
) -> LabelQuality:
    judged = np.flatnonzero(quality.judged)
    queue = judged[np.lexsort((judged, -quality.scores[judged]))]
    suggested = quality.suggested.copy()
    suggested[flagged] = best_other(quality.posterior, labels)[flagged]
    return replace(
        quality,
        p_mislabel=p_mislabel,
        suggested=suggested,
        flagged=flagged,
        kinds=tuple((kind or UNSURE) if flag else "" for kind, flag in zip(quality.kinds, flagged, strict=True)),
        error_rate=rate,
        expected_errors=expected_errors(p_mislabel, queue),
        choices={**quality.choices, "threshold": over},
    )


def _stratum(p_mislabel: NDArray[np.float32]) -> NDArray[np.int64]:
    return np.searchsorted(np.array(EDGES), p_mislabel, side="right")


def _shares(members: list[NDArray[np.int64]], p_mislabel: NDArray[np.float32], size: int) -> list[int]:
    """How many of each stratum, by its items times the standard deviation of their answers."""
    wishes = [
        len(g) * max(float(np.sqrt(p_mislabel[g] * (1 - p_mislabel[g])).mean()), SMALLEST_DEVIATION) for g in members
    ]
    counts, left, wished = [0] * len(members), size, sum(wishes)
    # The strata that can give least of what is wished first, so that what they cannot give goes to the others.
    for index in sorted(range(len(members)), key=lambda index: len(members[index]) / wishes[index]):
        counts[index] = min(max(round(left * wishes[index] / wished), 2), len(members[index]), left)
        left -= counts[index]
        wished -= wishes[index]
    return counts


def _beta_variance(a: float, b: float) -> float:
    # Half an item more on each side (Jeffreys): no answers of one kind among few are no proof that there are none.
    return a * b / ((a + b) ** 2 * (a + b + 1))
