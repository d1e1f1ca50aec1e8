"""A group in two splits leaks; images without a group do not."""

from dataclasses import replace

import pytest

from datadoctor.checks import load
from datadoctor.errors import NotApplicableError
from tests.checks.make import dataset_of


def test_only_groups_across_splits_leak_the_most_even_first() -> None:
    splits = ["train", "test", "train", "train", "train", "test", "train", "test"]
    dataset = replace(dataset_of(8, splits=splits), groups=("x", "x", "y", "y", "z", "z", "z", ""))
    found = list(load("group-leak").find(dataset))
    assert [finding.labels for finding in found] == [("x",), ("z",)]
    assert [finding.score for finding in found] == [1.0, pytest.approx(2 / 3)]


def test_without_groups_there_is_nothing_to_check() -> None:
    with pytest.raises(NotApplicableError, match="--group-column"):
        list(load("group-leak").find(dataset_of(3)))
