"""Given against learnt: agreement by definition, misplaced classes that are planted, none where all is in place."""

import itertools

import numpy as np
import pytest

from datadoctor.stages.confusion.confident import estimate
from datadoctor.stages.hierarchy import Hierarchy, given
from datadoctor.stages.hierarchy.comparison import agreement, misplaced, triplet_accuracy
from datadoctor.stages.hierarchy.learnt import learn
from tests.stages.hierarchy.planted import confused

NAMES = tuple("abcdefgh")


def halves(first: str) -> Hierarchy:
    """The classes in ``first`` in one folder, the others in another."""
    return given.from_folders({name: ("first" if name in first else "second",) for name in NAMES}, NAMES)


def test_agreement_with_the_tree_that_was_planted() -> None:
    labels, p = confused()
    learnt = learn(estimate(labels, p), labels, p, NAMES)
    right, wrong = agreement(halves("abcd"), learnt), agreement(halves("aceg"), learnt)
    assert right.triplet_accuracy == 1
    assert right.cophenetic_correlation > 0.9
    assert wrong.triplet_accuracy < 0.4
    assert wrong.cophenetic_correlation < 0
    assert 0.3 < right.shuffled_accuracy < 0.8


def test_triplet_accuracy_counts_every_triplet_alike() -> None:
    true, found = halves("abcd").distances(), halves("abce").distances()
    hits, total = 0.0, 0
    for a, b, c in itertools.permutations(range(8), 3):
        if true[a, b] < true[a, c]:
            total += 1
            hits += 1.0 if found[a, b] < found[a, c] else 0.5 if found[a, b] == found[a, c] else 0.0
    assert triplet_accuracy(true, found, np.random.default_rng(0)) == pytest.approx(hits / total, abs=0.01)


def test_flat_trees_cannot_be_compared() -> None:
    flat = given.from_folders({}, NAMES)
    result = agreement(flat, halves("abcd"))
    assert np.isnan(result.triplet_accuracy)
    assert np.isnan(result.cophenetic_correlation)


def test_misplaced_classes_are_found_and_no_others() -> None:
    labels, p = confused(each=200)
    confusion = estimate(labels, p)
    assert len(misplaced(halves("abcd"), confusion)) == 0
    swapped = halves("abce")  # d and e hang in each other's place
    out = misplaced(swapped, confusion)
    assert {3, 4} <= set(out.classes.tolist()) <= {2, 3, 4, 5}  # c and f are confused most with what was taken away
    index = out.classes.tolist().index(3)
    assert swapped.superclasses[out.superclasses[index]] == "first"
    assert out.nearest[index] == 2
    assert np.all(out.lift > out.own_lift)
    assert np.all(np.diff(out.p_values) >= 0)


def test_random_trees_over_random_confusions() -> None:
    found = 0
    for seed in range(20):
        random = np.random.default_rng(seed)
        labels = random.integers(0, 8, 400).astype(np.int32)
        p = random.dirichlet(np.ones(8), 400).astype(np.float32)
        found += len(misplaced(halves("".join(random.permutation(list(NAMES))[:4])), estimate(labels, p)))
    assert found <= 1


def test_every_class_its_own_superclass() -> None:
    labels, p = confused()
    assert len(misplaced(given.from_folders({}, NAMES), estimate(labels, p))) == 0
