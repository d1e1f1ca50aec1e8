import numpy as np

from datadoctor.checks import load
from datadoctor.findings import Severity
from tests.checks.label_sets import CLASSES, judged

WRONG = [(row, row % 3) for row in range(0, 60, 4)]


def test_labels_that_do_not_show_are_found_and_missing_ones_are_not() -> None:
    dataset, several, quality, neighbours = judged(300, WRONG)
    found = list(load("extra-label").find(dataset, several, quality, neighbours))
    cells = {(int(one.items[0].path[:4]), CLASSES.index(one.labels[0])) for one in found}
    planted = {cell for cell in WRONG if several[cell] == 1}
    assert cells == planted
    assert all(one.severity is Severity.WARNING and one.score >= quality.threshold for one in found)
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)


def test_the_message_says_what_it_has_and_the_suggestion_takes_only_that_away() -> None:
    dataset, several, quality, neighbours = judged(300, WRONG)
    one = next(iter(load("extra-label").find(dataset, several, quality, neighbours)))
    row = int(one.items[0].path[:4])
    assert one.message.startswith(f"Has the label {one.labels[0]}, looks without, probability of a wrong label ")
    before, after = dataset.label_name(row), one.evidence["suggested"]
    assert one.evidence["given"] == before
    left = [name for name in before.split("|") if name != one.labels[0]]
    assert after == ("|".join(left) or "[]")


def test_nothing_is_found_where_nothing_is_wrong() -> None:
    dataset, several, quality, neighbours = judged(300, [])
    assert not list(load("extra-label").find(dataset, several, quality, neighbours))
    assert float(np.mean(quality.scores)) < 0.05
