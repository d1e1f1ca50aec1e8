"""Planted reasons: images of one pair that two views see differently are two reasons, each with what stands near it."""

from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datadoctor.stages.interpretations import Interpretations
from datadoctor.stages.interpretations.find import find
from datadoctor.stages.label_quality.views import View

K = 4


def sure(classes: list[int], second: int = 3) -> NDArray[np.float32]:
    """Probabilities: .7 of a class, .2 of the second, the rest even."""
    p = np.full((len(classes), K), 0.05, np.float32)
    p[np.arange(len(classes)), second] += 0.15
    p[np.arange(len(classes)), classes] += 0.65
    return np.asarray(p / p.sum(axis=1, keepdims=True))


def found() -> tuple[Interpretations, NDArray[np.int32]]:
    """Given 0 and flagged as 1: five that both views see as 1, three that the second view sees as 2; ten of each class besides.

    Four of class 2 are as the three, but that the second view takes them for 3 rather than for 0.
    """
    labels = np.array([0] * 8 + [0] * 10 + [1] * 10 + [2] * 14, np.int32)
    first = sure([1] * 8 + [0] * 10 + [1] * 10 + [2] * 10 + [1] * 4)
    second = sure([1] * 5 + [2] * 3 + [0] * 10 + [1] * 10 + [2] * 14)
    second[5:8] = sure([2] * 3, second=0)
    suggested = np.array([1] * 8 + [0] * 10 + [1] * 10 + [2] * 14, np.int32)
    flagged = suggested != labels
    p = np.where(flagged, 0.9, 0.1).astype(np.float32)
    p[3] = p[6] = 0.95
    quality: Any = SimpleNamespace(flagged=flagged, suggested=suggested, posterior=(first + second) / 2, p_mislabel=p)
    return find(labels, quality, [View("one", first), View("other", second)]), labels


def test_each_reason_has_its_images_and_the_most_probable_stands_for_them() -> None:
    reasons, _ = found()
    assert len(reasons) == 2
    one, other = (reasons.rows[reasons.starts[i] : reasons.starts[i + 1]].tolist() for i in range(2))
    assert (one[0], sorted(one)) == (3, [0, 1, 2, 3, 4])
    assert (other[0], sorted(other)) == (6, [5, 6, 7])
    assert reasons.given.tolist() == [0, 0]
    assert reasons.suggested.tolist() == [1, 1]


def test_who_lies_there_rightly_and_who_is_near_but_decided_otherwise() -> None:
    reasons, labels = found()
    assert reasons.alike.tolist() == [10, 0]
    for counters in reasons.counters.tolist():
        assert all(labels[row] != 1 for row in counters)
    for i in range(2):
        boundaries = reasons.boundaries[reasons.ends[i] : reasons.ends[i + 1]].tolist()
        assert all({before, behind} & {0, 1} for _, before, behind in boundaries)
    names = [
        [reasons.views[view], before, behind] for view, before, behind in reasons.boundaries[reasons.ends[1] :].tolist()
    ]
    assert ["other", 1, 0] not in names


def test_nothing_flagged_is_no_reason() -> None:
    quality: Any = SimpleNamespace(
        flagged=np.zeros(3, bool), suggested=np.zeros(3, np.int32), posterior=np.ones((3, 2)), p_mislabel=np.zeros(3)
    )
    reasons = find(np.zeros(3, np.int32), quality, [View("one", np.full((3, 2), 0.5, np.float32))])
    assert len(reasons) == 0
    assert reasons.counters.shape == (0, 3)
