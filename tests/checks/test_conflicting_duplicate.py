"""One picture under two labels is an error; under one label, or with a label missing, it is not."""

from dataclasses import replace

from datadoctor.checks import load
from datadoctor.findings import Severity
from tests.checks.duplicates import pairs_of
from tests.checks.make import dataset_of


def test_only_sets_with_two_given_labels_conflict() -> None:
    dataset = dataset_of(8, labels=[0, 1, 0, 0, -1, 0, 0, 1])
    pairs = pairs_of([(0, 1, "exact", 1.0)], [(2, 3, "exact", 1.0)], [(4, 5, "exact", 1.0)], [(6, 7, "near", 0.8)])
    found = list(load("conflicting-duplicate").find(dataset, pairs))
    assert [[i.path for i in finding.items] for finding in found] == [
        ["0000.png", "0001.png"],
        ["0006.png", "0007.png"],
    ]
    assert [finding.severity for finding in found] == [Severity.ERROR, Severity.WARNING]
    assert found[1].message.startswith("Probably one picture")
    assert found[0].labels == ("a", "b")
    assert found[0].score == 1.0 > found[1].score


def test_labels_that_are_ids_are_called_by_their_words() -> None:
    dataset = replace(dataset_of(2, labels=[0, 1]), class_names={"b": "bee (b)"})
    (found,) = load("conflicting-duplicate").find(dataset, pairs_of([(0, 1, "exact", 1.0)]))
    assert found.message == "One picture under 2 labels: 'a' (1), 'bee (b)' (1)."
    assert found.labels == ("a", "b")


def test_relabelling_one_copy_closes_the_finding_and_changes_the_key() -> None:
    pairs = pairs_of([(0, 1, "exact", 1.0)])
    (before,) = load("conflicting-duplicate").find(dataset_of(2, labels=[0, 1]), pairs)
    assert list(load("conflicting-duplicate").find(dataset_of(2, labels=[1, 1]), pairs)) == []
    (other,) = load("conflicting-duplicate").find(dataset_of(2, labels=[0, 2], classes=("a", "b", "c")), pairs)
    assert other.key != before.key
