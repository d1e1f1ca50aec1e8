"""The findings about classes that hang in the wrong place."""

import pytest

from datadoctor.checks import load
from datadoctor.errors import NotAvailableError
from datadoctor.stages.confusion.confident import estimate
from datadoctor.stages.hierarchy.learnt import learn
from tests.checks.make import dataset_of
from tests.stages.hierarchy.planted import confused
from tests.stages.hierarchy.test_comparison import NAMES, halves


def test_check_reports_them_or_says_why_not() -> None:
    labels, p = confused(each=200)
    confusion, check = estimate(labels, p), load("hierarchy-disagreement")
    dataset = dataset_of(len(labels), labels, NAMES)
    found = list(check.find(dataset=dataset, hierarchy=halves("abce"), confusion=confusion))
    finding = next(finding for finding in found if finding.labels[0] == "d")
    assert finding.labels == ("d", "second", "first")
    assert 0 < finding.score <= 1
    assert "'d' is given under 'second' but looks like 'first'" in finding.message
    with pytest.raises(NotAvailableError, match="--hierarchy"):
        list(check.find(dataset=dataset, hierarchy=learn(confusion, labels, p, NAMES), confusion=confusion))
