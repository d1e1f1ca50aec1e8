"""Judging labels: planted errors are found and right labels are left alone."""

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.datasets import load_digits
from sklearn.metrics import average_precision_score

from datadoctor.errors import NotAvailableError
from datadoctor.stages.hierarchy import Hierarchy, Node
from datadoctor.stages.label_quality.judge import judge
from datadoctor.stages.label_quality.views import View
from tests.stages.label_quality.planted import Planted, planted


def test_planted_errors_come_first_and_are_flagged_with_the_right_class() -> None:
    data = planted()
    quality = judge(data.labels, data.classes, [data.view()], neighbours=data.neighbours())
    assert average_precision_score(data.wrong, quality.scores) > 0.97
    found = quality.flagged & data.wrong
    assert found.sum() >= 0.85 * data.wrong.sum()
    assert (quality.flagged & ~data.wrong).sum() <= 0.1 * data.wrong.sum()
    assert (quality.suggested[found] == data.truth[found]).mean() > 0.95
    assert quality.error_rate.low <= data.wrong.mean() <= quality.error_rate.high
    assert quality.expected_errors[-1] == pytest.approx(quality.p_mislabel.sum(), rel=1e-4)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_clean_separable_set_is_left_alone(seed: int) -> None:
    data = planted(rate=0.0, spread=0.3, seed=seed)
    quality = judge(data.labels, data.classes, [data.view()], neighbours=data.neighbours())
    assert quality.flagged.sum() == 0
    assert quality.error_rate.estimate < 0.01


def test_real_digits_without_errors_are_left_alone() -> None:
    digits = load_digits()
    data = Planted(digits.data.astype(np.float32), digits.target.astype(np.int32), digits.target.astype(np.int32))
    quality = judge(data.labels, data.classes, [data.view()], neighbours=data.neighbours())
    assert quality.flagged.sum() <= 0.01 * len(data.labels)
    assert quality.error_rate.low == 0


def test_a_useless_view_changes_next_to_nothing() -> None:
    data = planted(spread=0.9)
    view = data.view()
    noise = np.random.default_rng(0).dirichlet(np.ones(5), len(data.labels)).astype(np.float32)
    alone = average_precision_score(data.wrong, judge(data.labels, data.classes, [view]).scores)
    with_noise = judge(data.labels, data.classes, [view, View("noise", noise)])
    assert average_precision_score(data.wrong, with_noise.scores) > alone - 0.01
    weights = with_noise.choices["weights"]
    assert isinstance(weights, list)
    assert float(weights[1]) < 0.1


def test_row_order_does_not_matter() -> None:
    data = planted(200)
    view = View("given", data.view().probabilities)
    order = np.random.default_rng(0).permutation(200)
    first = judge(data.labels, data.classes, [view])
    second = judge(data.labels[order], data.classes, [View("given", view.probabilities[order])])
    np.testing.assert_allclose(second.scores, first.scores[order], atol=1e-4)


def test_two_runs_are_identical() -> None:
    data = planted(200)
    view = data.view()
    runs = [judge(data.labels, data.classes, [view], neighbours=data.neighbours()) for _ in range(2)]
    assert runs[0].scores.tobytes() == runs[1].scores.tobytes()
    assert runs[0].choices == runs[1].choices


def test_what_cannot_be_judged_is_said_and_never_flagged() -> None:
    data = planted(205)
    labels = data.labels.copy()
    labels[:5] = -1
    labels[5:8] = 5
    quality = judge(labels, (*data.classes, "rare", "empty"), [_view_of(data, labels, 7)])
    assert quality.cannot_judge == {
        "rare": "3 different images: at least 5 are needed",
        "empty": "0 different images: at least 5 are needed",
    }
    assert not quality.judged[:8].any()
    assert quality.judged[8:].all()
    assert not quality.flagged[:8].any()
    assert (quality.suggested[5:8] == 5).all()
    assert (quality.scores[:8] == 0).all()


def test_copies_of_one_image_do_not_make_a_class() -> None:
    data = planted(205)
    labels = data.labels.copy()
    labels[:6] = 5
    groups = np.arange(205, dtype=np.int32)
    groups[:6] = 0
    quality = judge(labels, (*data.classes, "one"), [_view_of(data, labels, 6)], groups=groups)
    assert quality.cannot_judge == {"one": "1 different image: at least 5 are needed"}


def _view_of(data: Planted, labels: NDArray[np.int32], n_classes: int) -> View:
    """What a classifier of the five large classes says, with columns for the others."""
    narrow = data.view(np.where(labels < 5, labels, -1).astype(np.int32)).probabilities
    return View("given", np.pad(narrow, ((0, 0), (0, n_classes - 5))))


@pytest.mark.parametrize("labels", [[0] * 30, [-1] * 30, [0] * 26 + [1] * 4])
def test_fewer_than_two_classes_is_not_available(labels: list[int]) -> None:
    probabilities = np.full((30, 2), 0.5, dtype=np.float32)
    with pytest.raises(NotAvailableError, match="at least two classes"):
        judge(np.array(labels, np.int32), ("a", "b"), [View("given", probabilities)])


def test_views_that_say_nothing_are_not_available() -> None:
    labels = (np.arange(60) % 3).astype(np.int32)
    random = np.random.default_rng(0).dirichlet(np.ones(3), 60).astype(np.float32)
    for nothing in (np.full((60, 3), 1 / 3, dtype=np.float32), random):
        with pytest.raises(NotAvailableError, match="no better than the class shares"):
            judge(labels, ("a", "b", "c"), [View("given", nothing)])


def test_certain_and_impossible_probabilities_stay_finite() -> None:
    labels = (np.arange(60) % 3).astype(np.int32)
    sure = np.eye(3, dtype=np.float32)[labels]
    sure[0] = [0, 1, 0]
    quality = judge(labels, ("a", "b", "c"), [View("given", sure)])
    assert np.flatnonzero(quality.flagged).tolist() == [0]
    assert quality.suggested[0] == 1
    assert np.isfinite(quality.p_mislabel).all()


def test_disagreements_are_counted_by_level_of_the_tree() -> None:
    data = planted()
    nodes = (
        Node("root", -1, (0, 1, 2, 3, 4), 1.0, 1.0),
        Node("low", 0, (0, 1, 2), 0.5, 1.0),
        Node("high", 0, (3, 4), 0.5, 1.0),
        *(Node(name, 1 if index < 3 else 2, (index,), 0.0, 1.0) for index, name in enumerate(data.classes)),
    )
    superclass_of = np.array([0, 0, 0, 1, 1], np.int32)
    tree = Hierarchy(data.classes, nodes, np.arange(5, dtype=np.int32), superclass_of, ("low", "high"), "given")
    quality = judge(data.labels, data.classes, [data.view()], hierarchy=tree)
    flagged = sum(level["flagged"] for level in quality.levels.values())
    assert 0 < flagged <= quality.flagged.sum()
    across = superclass_of[data.labels] != superclass_of[data.truth]
    assert quality.levels["cross-superclass"]["errors"] == pytest.approx((data.wrong & across).sum(), rel=0.35)
