"""Exact copies are one finding a set; changed ones are not exact."""

from datadoctor.checks import load
from tests.checks.duplicates import pairs_of
from tests.checks.make import dataset_of

PAIRS = pairs_of([(3, 1, "exact", 1.0), (3, 5, "exact", 1.0)], [(0, 2, "near", 0.9)])


def test_a_set_of_exact_copies_is_one_finding_with_the_one_to_keep_first() -> None:
    found = list(load("exact-duplicate").find(dataset_of(6), PAIRS))
    assert [[i.path for i in finding.items] for finding in found] == [["0003.png", "0001.png", "0005.png"]]
    assert "0003.png" in found[0].suggestion


def test_no_pairs_no_findings() -> None:
    assert list(load("exact-duplicate").find(dataset_of(6), pairs_of())) == []
