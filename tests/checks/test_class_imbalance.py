"""Rare classes and too-small classes: found when planted, silent when balanced, said once."""

import numpy as np
import pytest

from datadoctor.checks import load
from datadoctor.errors import NotAvailableError
from datadoctor.findings import Finding
from tests.checks.make import dataset_of

check = load("class-imbalance")


def findings(*sizes: int, unlabelled: int = 0) -> list[Finding]:
    labels = np.repeat(np.arange(-1, len(sizes)), [unlabelled, *sizes])
    names = tuple(f"c{index}" for index in range(len(sizes)))
    return list(check.find(dataset=dataset_of(len(labels), labels=labels, classes=names)))


@pytest.mark.parametrize("sizes", [(100, 100), (100, 40, 70), (5,), (5, 5), (100, 10)])
def test_nothing_to_say(sizes: tuple[int, ...]) -> None:
    assert findings(*sizes) == []


def test_rare_classes_come_rarest_first() -> None:
    found = findings(1000, 1000, 30, 20, 1000)
    assert [finding.labels for finding in found] == [("c3",), ("c2",)]
    assert found[0].score == pytest.approx(1 - 20 / 610)
    assert found[0].evidence == {"size": 20, "even_share": 610.0, "threshold": 61.0}
    assert "3.3% of an even share" in found[0].message


def test_too_small_classes_are_one_finding_and_not_rare_as_well() -> None:
    (found,) = findings(1000, 1, 4, 0)
    assert found.labels == ("c1", "c2", "c3")
    assert found.message == (
        "3 of 4 classes have fewer than 5 readable images, too few to judge labels by: 'c1' (1), 'c2' (4), 'c3' (0)."
    )
    assert found.evidence == {"classes": 3, "without_images": 1, "with_one_image": 1, "threshold": 5}
    assert found.score == 0.75


def test_a_thousand_classes_of_one_are_one_short_finding() -> None:
    (found,) = findings(*[1] * 1000)
    assert "and 990 more" in found.message
    assert len(found.message) < 400
    assert len(found.labels) == 1000


def test_one_image() -> None:
    (found,) = findings(1)
    assert found.message.startswith("One class has fewer than 5")


def test_images_without_a_label_are_not_counted() -> None:
    assert findings(50, 50, unlabelled=5000) == []
    with pytest.raises(NotAvailableError, match="no readable image has a given label"):
        findings(unlabelled=5)
    with pytest.raises(NotAvailableError):
        findings()
