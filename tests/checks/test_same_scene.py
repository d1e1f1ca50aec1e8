"""Pictures of one scene are one finding, and no duplicates."""

from dataclasses import replace

import numpy as np

from datadoctor.checks import load
from datadoctor.findings import Severity
from tests.checks.duplicates import pairs_of
from tests.checks.make import dataset_of

SCENES = replace(pairs_of([(0, 1, "near", 0.9)]), scenes=np.array([(2, 3), (3, 5), (6, 7)], np.int32))


def test_a_scene_is_one_finding_the_largest_first() -> None:
    found = list(load("same-scene").find(dataset_of(8), SCENES))
    assert [[i.path for i in finding.items] for finding in found] == [
        ["0002.png", "0003.png", "0005.png"],
        ["0006.png", "0007.png"],
    ]
    assert {finding.severity for finding in found} == {Severity.INFO}


def test_a_scene_is_no_conflict_no_leak_and_no_duplicate() -> None:
    dataset = replace(dataset_of(8, labels=[0, 0, 0, 1, 0, 1, 0, 1]), splits=("train", "train", "train", "test") * 2)
    for name in ("conflicting-duplicate", "split-leak", "exact-duplicate"):
        assert list(load(name).find(dataset, SCENES)) == []
    (near,) = load("near-duplicate").find(dataset, SCENES)
    assert [i.path for i in near.items] == ["0000.png", "0001.png"]
    assert SCENES.group_of(8).tolist() == [0, 0, 2, 3, 4, 5, 6, 7]
