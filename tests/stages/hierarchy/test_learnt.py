"""The learnt tree: planted structure is found, chance structure is not kept, edge sets have an answer."""

import numpy as np
import pytest
from numpy.typing import NDArray

from datadoctor.errors import NotAvailableError
from datadoctor.stages.confusion.confident import estimate
from datadoctor.stages.hierarchy import Hierarchy, Relation, given, learnt
from datadoctor.stages.hierarchy.graph import Graph, hierarchy_of
from datadoctor.stages.hierarchy.learnt import learn
from tests.stages.hierarchy.planted import confused

NAMES = tuple("abcdefgh")


def learn_from(labels: NDArray[np.int32], p: NDArray[np.float32], known: Hierarchy | None = None) -> Hierarchy:
    classes = tuple(f"c{i:04d}" for i in range(p.shape[1])) if p.shape[1] != 8 else NAMES
    return learn(estimate(labels, p), labels, p, classes, known)


def groups(tree: Hierarchy) -> set[frozenset[int]]:
    return {frozenset(node.members) for node in tree.nodes}


def check_contract(tree: Hierarchy) -> None:
    n_classes = len(tree.classes)
    assert tree.nodes[0].parent == -1
    assert sorted(tree.nodes[0].members) == list(range(n_classes))
    assert tree.nodes[0].members == tuple(tree.order.tolist())
    leaves = [node.members[0] for node in tree.nodes if len(node.members) == 1]
    assert sorted(leaves) == list(range(n_classes))
    for index, node in enumerate(tree.nodes[1:], start=1):
        parent = tree.nodes[node.parent]
        assert node.parent < index
        assert set(node.members) < set(parent.members)
        assert 0 <= node.height <= parent.height <= 1
        assert 0 <= node.support <= 1
        assert node.height == 0 or len(node.members) > 1
        start = tree.order.tolist().index(node.members[0])
        assert node.members == tuple(tree.order[start : start + len(node.members)].tolist())
    assert tree.superclass_of.min() == 0
    assert tree.superclass_of.max() == len(tree.superclasses) - 1
    distances = tree.distances()
    np.testing.assert_array_equal(distances, distances.T)
    assert not distances.diagonal().any()
    for a in range(min(n_classes, 8)):
        for b in range(min(n_classes, 8)):
            if a != b:
                lowest = min((node for node in tree.nodes if {a, b} <= set(node.members)), key=lambda n: len(n.members))
                assert distances[a, b] == pytest.approx(lowest.height)


def test_planted_tree_is_found_with_its_superclasses() -> None:
    tree = learn_from(*confused())
    check_contract(tree)
    for group in ({0, 1}, {2, 3}, {4, 5}, {6, 7}, {0, 1, 2, 3}, {4, 5, 6, 7}):
        assert frozenset(group) in groups(tree)
    assert all(node.support > 0.95 for node in tree.nodes)
    halves = tree.superclass_of
    assert len(set(halves[:4])) == len(set(halves[4:])) == 1
    assert halves[0] != halves[7]
    assert tree.relation(0, 1) is Relation.SIBLING
    assert tree.relation(0, 2) is Relation.SAME_SUPERCLASS
    assert tree.relation(0, 7) is Relation.CROSS_SUPERCLASS
    assert tree.relation(3, 3) is Relation.SAME_CLASS


def test_structure_by_chance_is_collapsed() -> None:
    random = np.random.default_rng(1)
    labels = np.repeat(np.arange(30), 4).astype(np.int32)
    tree = learn_from(labels, random.dirichlet(np.ones(30), len(labels)).astype(np.float32))
    check_contract(tree)
    assert sum(len(node.members) > 1 for node in tree.nodes) <= 5  # of 29


def test_hub_does_not_attract_everything() -> None:
    labels, p = confused()
    p[:, 7] += 0.3  # every image looks a little like class 7
    p /= p.sum(axis=1, keepdims=True)
    assert frozenset({0, 1, 2, 3}) in groups(learn_from(labels, p))
    assert frozenset({6, 7}) in groups(learn_from(labels, p))


def test_groups_are_named_after_the_given_ones() -> None:
    edges = [*((c, "first half") for c in "abcd"), *((c, "second half") for c in "efg"), ("h", "other")]
    edges += [("first half", "all"), ("second half", "all"), ("other", "all")]
    known = hierarchy_of(Graph("edges", edges), NAMES)
    tree = learn_from(*confused(), known)
    assert set(tree.superclasses) == {"first half", "second half"}
    assert {n.name for n in tree.nodes if set(n.members) == {0, 1}} in ({"a, b"}, {"b, a"})


def test_same_inputs_same_tree() -> None:
    labels, p = confused(sharpness=0.5)
    first, second = learn_from(labels, p), learn_from(labels.copy(), p.copy())
    assert first.nodes == second.nodes
    assert first.order.tolist() == second.order.tolist()


@pytest.mark.parametrize("n_classes", [2, 3])
def test_few_classes(n_classes: int) -> None:
    random = np.random.default_rng(0)
    labels = np.arange(20, dtype=np.int32) % n_classes
    check_contract(learn_from(labels, random.dirichlet(np.ones(n_classes), 20).astype(np.float32)))


def test_class_without_items_and_unlabelled_items() -> None:
    labels, p = confused()
    labels[labels == 3] = -1
    tree = learn_from(labels, p)
    check_contract(tree)
    assert frozenset({0, 1}) in groups(tree)


@pytest.mark.parametrize("certain", [True, False])
def test_perfect_and_uniform_probabilities(certain: bool) -> None:
    labels = np.repeat(np.arange(8), 5).astype(np.int32)
    p = np.eye(8, dtype=np.float32)[labels] if certain else np.full((40, 8), 1 / 8, dtype=np.float32)
    check_contract(learn_from(labels, p))


def test_one_class_has_no_tree() -> None:
    labels, p = confused()
    with pytest.raises(NotAvailableError, match="two classes"):
        learn(estimate(labels, p), labels, p[:, :1], ("a",))


def test_too_many_classes_to_resample_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("datadoctor.stages.hierarchy.resampling.MEMORY", 8 * 8 * 19)
    monkeypatch.setattr(learnt, "ORDERED_UP_TO", 7)
    tree = learn_from(*confused())
    check_contract(tree)
    assert len(tree.notes) == 2
    assert len(tree.nodes) == 15  # nothing collapsed
    assert {node.support for node in tree.nodes[1:] if len(node.members) > 1} == {0.0}


def test_support_is_the_share_of_members_that_stay() -> None:
    # Two resamples of a tree on 4 classes: the group {0 1 2} is found once, and once as {0 1} beside {2 3}.
    merges = np.array([[0, 1, 0.1, 2], [4, 2, 0.2, 3], [5, 3, 0.3, 4]])
    other = np.array([[0, 1, 0.1, 2], [2, 3, 0.2, 2], [4, 5, 0.3, 4]])
    groups = learnt._sums(merges, np.eye(4, dtype=np.float32))
    assert groups.tolist() == [[1, 1, 0, 0], [1, 1, 1, 0], [1, 1, 1, 1]]
    assert learnt._stay(groups, merges).tolist() == [1, 1, 1]
    assert learnt._stay(groups, other).tolist() == [1, 0.5, 1]


def test_given_tree_is_untouched_by_learning() -> None:
    tree = given.from_folders({"a": ("x",)}, ("a", "b"))
    assert tree.origin == "given"
    assert learn_from(*confused()).origin == "learnt"
