"""Rare classes, imbalance, and labels that only a part of the images have."""

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score

from datadoctor.stages.label_quality import LabelQuality
from datadoctor.stages.label_quality.judge import judge
from tests.stages.label_quality.planted import Planted

SIZES = (600, 120, 40, 12)


def imbalanced(seed: int = 0, rate: float = 0.1, sizes: tuple[int, ...] = SIZES) -> Planted:
    """Classes of very different sizes; ``rate`` of each given another class."""
    random = np.random.default_rng(seed)
    truth = np.repeat(np.arange(len(sizes)), sizes).astype(np.int32)
    centres = random.normal(size=(len(sizes), 16))
    vectors = centres[truth] + 0.5 * random.normal(size=(len(truth), 16))
    labels = truth.copy()
    for k in range(len(sizes)):
        of_class = np.flatnonzero(truth == k)
        chosen = random.choice(of_class, round(rate * len(of_class)), replace=False)
        labels[chosen] = (k + random.integers(1, len(sizes), len(chosen))) % len(sizes)
    return Planted(vectors.astype(np.float32), labels, truth)


def judged(data: Planted, labels: NDArray[np.int32] | None = None) -> LabelQuality:
    given = data.labels if labels is None else labels
    return judge(given, data.classes, [data.view(given)], neighbours=data.neighbours())


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_right_labels_of_a_rare_class_are_not_swallowed_by_a_large_one(seed: int) -> None:
    data = imbalanced(seed)
    quality = judged(data)
    rare = (data.truth >= 2) & ~data.wrong
    assert quality.flagged[rare].mean() <= 0.1
    assert average_precision_score(data.wrong, quality.scores) > 0.9
    assert quality.flagged[data.wrong].mean() > 0.75


def test_a_rare_class_without_errors_keeps_all_labels() -> None:
    data = imbalanced(rate=0.0)
    quality = judged(data)
    assert quality.flagged.sum() == 0


def test_classes_with_no_more_images_than_folds_are_judged_or_named() -> None:
    data = imbalanced(sizes=(200, 200, 5, 3), rate=0.0)
    quality = judged(data)
    assert list(quality.cannot_judge) == ["class 3"]
    assert quality.judged[data.truth == 2].all()
    assert not quality.judged[data.truth == 3].any()
    assert np.isfinite(quality.p_mislabel).all()


def test_images_without_a_label_are_told_what_they_look_like() -> None:
    """Labels in one split only."""
    data = imbalanced()
    unlabelled = np.arange(len(data.labels)) % 3 == 0
    quality = judged(data, np.where(unlabelled, -1, data.labels).astype(np.int32))
    assert not quality.judged[unlabelled].any()
    assert not quality.flagged[unlabelled].any()
    assert (quality.suggested[unlabelled] == data.truth[unlabelled]).mean() > 0.95
    known = data.wrong & ~unlabelled
    assert quality.flagged[known].mean() > 0.75
    np.testing.assert_allclose(quality.posterior.sum(axis=1), 1, atol=1e-4)
