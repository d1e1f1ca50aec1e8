"""The findings about classes of two kinds."""

import numpy as np

from datadoctor.checks import load
from datadoctor.stages.class_structure.splits import find_splits
from datadoctor.stages.hierarchy.given import from_folders
from tests.checks.make import dataset_of
from tests.stages.class_structure.test_splits import certain, clouds

TREE = from_folders({}, tuple("abcdefgh"))


def test_check_names_examples_of_both_kinds() -> None:
    labels, vectors = clouds(0)
    merged = np.where(labels == 7, 0, labels).astype(np.int32)
    dataset = dataset_of(len(labels), merged, tuple("abcdefgh"))
    check = load("two-things-one-name")
    splits = find_splits(merged, certain(merged, 8), vectors)
    (finding,) = check.find(dataset=dataset, class_splits=splits, hierarchy=TREE)
    assert finding.labels == ("a",)
    assert finding.items == ()
    one, other = (str(finding.evidence[kind]).split(", ") for kind in ("one_kind", "other_kind"))
    assert {labels[dataset.paths.index(path)] for path in one} != {labels[dataset.paths.index(path)] for path in other}


def test_clear_classes_give_no_finding() -> None:
    labels, vectors = clouds(3)
    splits = find_splits(labels, certain(labels, 8), vectors)
    check = load("two-things-one-name")
    dataset = dataset_of(len(labels), labels, tuple("abcdefgh"))
    assert not list(check.find(dataset=dataset, class_splits=splits, hierarchy=TREE))
