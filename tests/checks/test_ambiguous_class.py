"""The findings about ambiguous class pairs."""

from dataclasses import replace

import numpy as np

from datadoctor.checks import load
from datadoctor.findings import Severity
from datadoctor.stages.class_pairs import ClassPairs
from datadoctor.stages.hierarchy.given import from_folders
from tests.checks.make import dataset_of

TREE = from_folders({}, ("cat", "dog", "fox"))


def pairs() -> ClassPairs:
    return ClassPairs(
        a=np.array([0, 0, 1], np.int32),
        b=np.array([1, 2, 2], np.int32),
        ambiguity=np.array([0.6, 0.4, 0.1], np.float32),
        low=np.array([0.5, 0.3, 0.0], np.float32),
        high=np.array([0.7, 0.5, 0.2], np.float32),
        p_values=np.array([1e-9, 0.5, 1e-6]),
        significant=np.array([True, False, True]),
        n_ab=np.array([7, 5, 2], np.int32),
        n_ba=np.array([6, 0, 3], np.int32),
        kinds=("near-synonym", "", "fine-grained"),
        actions=("Merge them.", "", "Write a guideline."),
        mislabel_share=np.array([0.2, 0.1, 0.3], np.float32),
        boundary=(((0,), (1,)), ((), ()), ((), ())),
    )


def test_significant_pairs_are_reported_worst_first() -> None:
    check = load("ambiguous-class")
    found = list(
        check.find(dataset=dataset_of(3, [0, 1, 2], ("cat", "dog", "fox")), class_pairs=pairs(), hierarchy=TREE)
    )
    assert [finding.labels for finding in found] == [("cat", "dog"), ("dog", "fox")]
    assert [finding.severity for finding in found] == [Severity.WARNING, Severity.INFO]
    assert found[0].suggestion == "Merge them."
    assert "7 given 'cat' look like 'dog', 6 the other way; ambiguity 0.60 (0.50 to 0.70)" in found[0].message
    assert found[0].evidence["kind"] == "near-synonym"
    paths = dataset_of(3, [0, 1, 2], ("cat", "dog", "fox")).paths
    assert (found[0].evidence["border_a"], found[0].evidence["border_b"]) == (paths[0], paths[1])
    assert check.needs == ("dataset", "class_pairs", "hierarchy")


def test_key_does_not_change_with_the_images_or_the_numbers() -> None:
    check = load("ambiguous-class")
    keys = [
        [
            finding.key
            for finding in check.find(
                dataset=dataset_of(n, [0] * n, ("cat", "dog", "fox")), class_pairs=pairs(), hierarchy=TREE
            )
        ]
        for n in (3, 5)
    ]
    assert keys[0] == keys[1]


def test_classes_that_are_ids_are_said_in_words_and_kept_as_ids() -> None:
    tree = replace(TREE, names=("cat, true cat", "domestic dog", "fox"))
    found = next(
        iter(
            load("ambiguous-class").find(
                dataset=dataset_of(3, [0, 1, 2], ("cat", "dog", "fox")), class_pairs=pairs(), hierarchy=tree
            )
        )
    )
    assert "'cat' and 'domestic dog (dog)' are confused" in found.message
    assert found.labels == ("cat", "dog")
