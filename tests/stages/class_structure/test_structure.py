"""What the report shows about classes: figures by definition on planted confusions."""

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.linear_model import Ridge
from sklearn.metrics import precision_recall_fscore_support

from datadoctor.errors import NotAvailableError
from datadoctor.stages.class_structure.groups import cuts, group_metrics, level_accuracy
from datadoctor.stages.class_structure.network import confusion_network, destinations
from datadoctor.stages.class_structure.responses import responses
from datadoctor.stages.class_structure.separability import _left_out, separability
from datadoctor.stages.confusion import Confusion
from datadoctor.stages.confusion.confident import estimate
from datadoctor.stages.embeddings import Embeddings, Stage
from datadoctor.stages.hierarchy import Hierarchy, given
from datadoctor.stages.hierarchy.levels import levels_of
from tests.stages.hierarchy.planted import LEVELS, confused

NAMES = tuple("abcdefgh")


def halves() -> Hierarchy:
    return given.from_folders({n: (f"half {i // 4}",) for i, n in enumerate(NAMES)}, NAMES)


def tree() -> Hierarchy:
    """The planted tree: pairs in halves."""
    return given.from_folders({n: (f"pair {i // 2}", f"half {i // 4}") for i, n in enumerate(NAMES)}, NAMES)


def confusion_of(counts: NDArray[np.int32]) -> Confusion:
    """A confusion whose argmax counts are these."""
    rows, columns = np.nonzero(counts)
    labels = np.repeat(rows, counts[rows, columns]).astype(np.int32)
    predicted = np.repeat(columns, counts[rows, columns])
    return estimate(labels, np.eye(len(counts), dtype=np.float32)[predicted])


def test_group_metrics_item_by_item() -> None:
    labels, p = confused(sharpness=0.5)
    confusion, hierarchy = estimate(labels, p), tree()
    metrics, predicted = group_metrics(hierarchy, confusion), p.argmax(axis=1)
    for index, node in enumerate(hierarchy.nodes):
        is_given, is_predicted = np.isin(labels, node.members), np.isin(predicted, node.members)
        both = np.sum(is_given & is_predicted)
        assert metrics.recall[index] == pytest.approx(both / is_given.sum())
        assert metrics.precision[index] == pytest.approx(both / is_predicted.sum())
        assert metrics.f1[index] == pytest.approx(2 * both / (is_given.sum() + is_predicted.sum()))
        assert metrics.across[index] == pytest.approx(np.mean(~is_predicted[is_given]))
        hit = np.mean(labels[is_given] == predicted[is_given])
        assert metrics.within[index] + metrics.across[index] + hit == pytest.approx(1)
    accuracy = level_accuracy(hierarchy, confusion)
    group = hierarchy.superclass_of
    assert accuracy.classes == pytest.approx(np.mean(labels == predicted))
    assert accuracy.superclasses == pytest.approx(np.mean(group[labels] == group[predicted]))
    assert accuracy.classes_chance < accuracy.superclasses_chance < accuracy.superclasses


def test_cuts_item_by_item() -> None:
    labels, p = confused(sharpness=0.5)
    predicted = p.argmax(axis=1)
    found = cuts(tree(), estimate(labels, p))
    assert [cut.groups for cut in found] == [2, 3, 4, 8]
    for cut, level in zip(found, levels_of(tree()), strict=True):
        true, said = level[labels], level[predicted]
        assert cut.accuracy == pytest.approx(np.mean(true == said))
        assert cut.across == pytest.approx(np.mean(true != said))
        assert cut.within == pytest.approx(np.mean((true == said) & (labels != predicted)))
        precisions, recalls, f1s = precision_recall_fscore_support(true, said)[:3]
        assert (cut.recall, cut.precision, cut.f1) == pytest.approx((recalls.mean(), precisions.mean(), f1s.mean()))
        shares = (np.bincount(x, minlength=cut.groups) / len(x) for x in (true, said))
        assert cut.chance == pytest.approx(np.prod(list(shares), axis=0).sum())


def test_absent_group_has_no_metrics() -> None:
    labels, p = confused()
    labels[labels >= 6] = -1
    metrics = group_metrics(tree(), estimate(labels, p))
    assert np.isnan(metrics.recall[[len(node.members) == 1 and node.name in "gh" for node in tree().nodes]]).all()


def test_network_finds_planted_edges_hub_and_communities() -> None:
    counts = np.random.default_rng(0).poisson(1.0, (12, 12)).astype(np.int32)
    np.fill_diagonal(counts, 100)
    counts[:, 11] += 6  # everything is taken for class 11
    counts[11, 11] = 100
    for a, b in ((0, 1), (1, 0), (1, 2), (2, 1), (4, 5)):
        counts[a, b] = 30
    network = confusion_network(confusion_of(counts))
    edges = set(zip(network.given.tolist(), network.predicted.tolist(), strict=True))
    assert {(0, 1), (1, 0), (1, 2), (2, 1), (4, 5)} <= edges
    assert len(edges) <= 6  # one in twenty may be chance
    assert network.hubs[0] == 11
    assert network.community[0] == network.community[1] == network.community[2] == 0
    assert network.community[4] == network.community[5] == 1
    assert len(set(network.community[[0, 4, 3, 11]].tolist())) == 4
    assert network.drawn[11] == counts[:11, 11].sum()
    assert np.all(network.count > network.expected)


def test_network_without_errors() -> None:
    network = confusion_network(confusion_of(np.diag([5, 5, 5]).astype(np.int32)))
    assert len(network.given) == len(network.hubs) == 0
    assert sorted(network.community.tolist()) == [0, 1, 2]


def test_destinations_follow_the_tree() -> None:
    found = destinations(estimate(*confused()), most=3)
    assert found.classes[:, 0].tolist() == [1, 0, 3, 2, 5, 4, 7, 6]
    assert {frozenset(row) for row in found.classes[:, 1:].tolist()} == {
        frozenset(half) for half in ({2, 3}, {0, 1}, {6, 7}, {4, 5})
    }
    assert np.all(np.diff(found.shares, axis=1) <= 0)
    assert destinations(confusion_of(np.full((2, 2), 3, dtype=np.int32))).classes.tolist() == [[1], [0]]


def embedded(each: int = 40) -> tuple[NDArray[np.int32], Embeddings]:
    """An early stage that knows the halves only, and a late one that knows all classes but 0 and 1."""
    random = np.random.default_rng(0)
    labels = np.repeat(np.arange(8), each).astype(np.int32)
    early = np.eye(2)[LEVELS[2][labels]]
    late = np.eye(8)[np.where(labels == 1, 0, labels)]
    vectors = np.hstack([early, np.zeros((len(labels), 4)), late]) + random.normal(0, 0.05, (len(labels), 14))
    return labels, Embeddings(vectors.astype(np.float32), (Stage("early", 0, 6), Stage("late", 6, 14)), "test")


def test_early_stages_separate_coarse_groups() -> None:
    labels, embeddings = embedded()
    found = separability(labels, embeddings, tree())
    assert found.stages == ("early", "late")
    assert found.levels[0] == 2
    assert found.levels[-1] == 8
    assert found.accuracy[0, 0] == found.accuracy[1, 0] == 1
    assert found.accuracy[0, -1] < 0.4
    assert found.accuracy[1, -1] > 0.8
    assert set(found.never.tolist()) <= {0, 1}
    assert np.nanmin(found.class_recall[1, 2:]) == 1
    assert np.all(found.above_chance <= found.accuracy)


def test_left_out_scores_are_those_of_refitting() -> None:
    random = np.random.default_rng(3)
    labels = random.integers(0, 3, 30).astype(np.int32)
    labels[:3] = (0, 1, 2)
    x = random.normal(size=(30, 4)) + np.eye(3)[labels][:, [0, 1, 2, 2]]
    x = x - x.mean(axis=0)
    variances, axes = np.linalg.eigh(x.T @ x)
    recalls = _left_out(x @ axes, 1 / (variances + 0.7), labels, [np.arange(3, dtype=np.int32)])[0]
    hits = np.zeros(3)
    for i in range(30):
        rest = np.arange(30) != i
        # The mean of the columns stays that of all items: leave out the item from an intercept column instead.
        design = np.hstack([x, np.full((30, 1), 1e4)])
        fit = Ridge(alpha=0.7, fit_intercept=False).fit(design[rest], np.eye(3)[labels[rest]])
        hits[labels[i]] += fit.predict(design[[i]])[0].argmax() == labels[i]
    np.testing.assert_allclose(recalls, hits / np.bincount(labels))


def test_separability_needs_two_classes() -> None:
    labels, embeddings = embedded()
    with pytest.raises(NotAvailableError, match="two classes"):
        separability(np.where(labels == 3, 3, -1).astype(np.int32), embeddings, tree())


def test_responses_show_planted_detectors_in_tree_order() -> None:
    labels, embeddings = embedded()
    early, late = responses(labels, embeddings, halves())
    assert early.stage == "early"
    assert early.classes.tolist() == halves().order.tolist()
    first_half = int(halves().superclass_of[0])
    strongest = {int(early.channels[early.group == g][0]): g for g in (0, 1)}
    assert strongest == {0: first_half, 1: 1 - first_half}
    assert early.correlation is not None
    np.testing.assert_array_equal(early.correlation, early.correlation.T)
    same = halves().superclass_of[early.classes][:, np.newaxis] == halves().superclass_of[early.classes]
    assert early.correlation[same].min() > 0.8
    assert early.correlation[~same].max() < 0
    channel = late.channels.tolist().index(5)  # the detector of class 5
    assert late.classes[late.means[channel].argmax()] == 5


def test_responses_without_some_class() -> None:
    labels, embeddings = embedded()
    labels[labels == 4] = -1
    for stage in responses(labels, embeddings, tree()):
        assert 4 not in stage.classes
        assert np.isfinite(stage.means).all()
        assert np.isfinite(stage.sensitivity).all()


def test_responses_are_limited_with_many_classes(monkeypatch: pytest.MonkeyPatch) -> None:
    labels, embeddings = embedded()
    (whole, _), hierarchy = responses(labels, embeddings, tree()), tree()
    monkeypatch.setattr("datadoctor.stages.class_structure.responses.MOST_CORRELATED", 7)
    monkeypatch.setattr("datadoctor.stages.class_structure.responses.MOST_MEANS", 2 * len(NAMES))
    monkeypatch.setattr("datadoctor.stages.class_structure.responses.CHUNK", 24)  # blocks of three classes
    limited, _ = responses(labels, embeddings, hierarchy)
    assert limited.correlation is None
    assert limited.means.shape == (2, len(NAMES))
    assert limited.sensitivity.min() >= np.sort(whole.sensitivity)[-2]
    assert whole.correlation is not None
    others = whole.correlation.copy()
    np.fill_diagonal(others, -2)
    np.testing.assert_array_equal(limited.alikeness, -np.sort(-others, axis=1)[:, :5])
    assert (limited.alike != limited.classes[:, np.newaxis]).all()
