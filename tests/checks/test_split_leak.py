"""One picture in two splits leaks; in one it does not."""

import pytest

from datadoctor.checks import load
from datadoctor.errors import NotApplicableError
from tests.checks.duplicates import pairs_of
from tests.checks.make import dataset_of


def test_only_sets_across_splits_leak() -> None:
    dataset = dataset_of(4, splits=["train", "test", "train", "train"])
    found = list(load("split-leak").find(dataset, pairs_of([(1, 0, "near", 0.7)], [(2, 3, "exact", 1.0)])))
    assert [[i.path for i in finding.items] for finding in found] == [["0001.png", "0000.png"]]
    assert "test and train" in found[0].message
    assert found[0].score == pytest.approx(0.7)
    assert found[0].message.startswith("Probably one picture in ")


def test_it_sounds_as_sure_as_the_pair_is() -> None:
    dataset = dataset_of(4, splits=["train", "test", "train", "test"])
    found = list(load("split-leak").find(dataset, pairs_of([(1, 0, "near", 0.95)], [(2, 3, "exact", 1.0)])))
    assert [finding.message.startswith("One picture in ") for finding in found] == [True, True]


def test_one_split_cannot_leak() -> None:
    with pytest.raises(NotApplicableError, match="one split"):
        list(load("split-leak").find(dataset_of(4), pairs_of()))
