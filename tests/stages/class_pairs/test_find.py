"""Ambiguous pairs: what is planted is found, of its kind, and nothing else."""

from typing import TypeAlias

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from datadoctor.errors import NotAvailableError
from datadoctor.stages.class_pairs import ClassPairs
from datadoctor.stages.class_pairs import evidence as module
from datadoctor.stages.class_pairs.find import find
from datadoctor.stages.confusion.confident import estimate
from datadoctor.stages.confusion.null_network import chance_of_at_least, discoveries, expected_factors
from datadoctor.stages.hierarchy import Hierarchy
from datadoctor.stages.hierarchy import given as given_tree
from datadoctor.stages.label_quality import ErrorRate, LabelQuality

Labels: TypeAlias = NDArray[np.int32]
Probabilities: TypeAlias = NDArray[np.float32]
K = 12


def tree(n_classes: int = K) -> Hierarchy:
    """Superclasses of four classes each."""
    classes = tuple(f"c{i:02d}" for i in range(n_classes))
    return given_tree.from_folders({name: (f"group {i // 4}",) for i, name in enumerate(classes)}, classes)


def background(seed: int = 0, each: int = 80, hub: int = 11) -> tuple[Labels, Probabilities]:
    """Calibrated probabilities whose confusions fall at random, more often on one class."""
    random = np.random.default_rng(seed)
    labels = np.repeat(np.arange(K), each).astype(np.int32)
    logits = random.normal(0, 1.2, (len(labels), K))
    logits[:, hub] += 1
    logits[np.arange(len(labels)), labels] += 4
    return labels, softmax(logits)


def softmax(logits: NDArray[np.float64]) -> Probabilities:
    p = np.exp(logits - logits.max(axis=1, keepdims=True))
    probabilities: Probabilities = (p / p.sum(axis=1, keepdims=True)).astype(np.float32)
    return probabilities


def overlap(p: Probabilities, labels: Labels, of: int, to: int, share: float, seed: int = 1) -> None:
    """Make a share of the items given ``of`` look as much like ``to``, in place."""
    random = np.random.default_rng(seed)
    rows = np.flatnonzero(labels == of)[: round(share * np.sum(labels == of))]
    both = (p[rows, of] + p[rows, to]) * random.uniform(0.3, 0.7, len(rows))
    p[rows, of], p[rows, to] = p[rows, of] + p[rows, to] - both, both


def pairs_of(labels: Labels, p: Probabilities, quality: LabelQuality | None = None) -> ClassPairs:
    return find(labels, p, estimate(labels, p), tree(p.shape[1]), quality)


def ambiguities(pairs: ClassPairs) -> dict[tuple[int, int], float]:
    return {(int(a), int(b)): float(v) for a, b, v in zip(pairs.a, pairs.b, pairs.ambiguity, strict=True)}


def significant(pairs: ClassPairs) -> dict[tuple[int, int], str]:
    index = np.flatnonzero(pairs.significant)
    return {(int(pairs.a[i]), int(pairs.b[i])): pairs.kinds[i] for i in index}


def check_contract(pairs: ClassPairs, labels: Labels) -> None:
    assert np.all(pairs.a < pairs.b)
    assert np.all(np.diff(pairs.ambiguity) <= 0)
    assert np.all(
        (pairs.low >= 0) & (pairs.low <= pairs.ambiguity) & (pairs.ambiguity <= pairs.high) & (pairs.high <= 1)
    )
    assert np.all((pairs.p_values >= 0) & (pairs.p_values <= 1))
    assert np.all((pairs.mislabel_share >= 0) & (pairs.mislabel_share <= 1))
    for kind, action, found in zip(pairs.kinds, pairs.actions, pairs.significant, strict=True):
        assert bool(kind) == bool(action) == bool(found)
    for a, b, (of_a, of_b) in zip(pairs.a, pairs.b, pairs.boundary, strict=True):
        assert all(labels[row] == a for row in of_a)
        assert all(labels[row] == b for row in of_b)


def test_nothing_is_found_where_confusions_fall_at_random() -> None:
    for seed in range(5):
        labels, p = background(seed)
        pairs = pairs_of(labels, p)
        check_contract(pairs, labels)
        assert significant(pairs) == {}


def test_planted_kinds() -> None:
    labels, p = background()
    for of, to, share in [
        (0, 1, 0.9),
        (1, 0, 0.9),
        (2, 3, 0.9),
        (3, 2, 0.3),
        (4, 5, 0.3),
        (5, 4, 0.3),
        (6, 10, 0.3),
        (10, 6, 0.3),
    ]:
        overlap(p, labels, of, to, share)
    pairs = pairs_of(labels, p)
    check_contract(pairs, labels)
    assert significant(pairs) == {
        (0, 1): "near-synonym",
        (2, 3): "subclass-of",
        (4, 5): "fine-grained",
        (6, 10): "co-occurring",
    }
    assert (int(pairs.a[0]), int(pairs.b[0])) == (0, 1)
    assert "'c02' looks like a part of 'c03'" in pairs.actions[[*zip(pairs.a, pairs.b, strict=True)].index((2, 3))]


def test_one_sided_confusion_is_not_ambiguity() -> None:
    labels, p = background()
    overlap(p, labels, 0, 1, 0.5)
    overlap(p, labels, 2, 3, 0.5)
    overlap(p, labels, 3, 2, 0.5)
    pairs = pairs_of(labels, p)
    assert set(significant(pairs)) == {(2, 3)}
    ambiguity = ambiguities(pairs)
    assert ambiguity[2, 3] > 1.5 * ambiguity[0, 1]


def test_border_examples_lie_on_the_border() -> None:
    labels, p = background()
    overlap(p, labels, 0, 1, 0.2)
    overlap(p, labels, 1, 0, 0.2)
    pairs = pairs_of(labels, p)
    of_0, of_1 = pairs.boundary[0]
    assert len(set(of_0) & set(np.flatnonzero(labels == 0)[:16].tolist())) >= 5
    assert len(set(of_1) & set(np.flatnonzero(labels == 1)[:16].tolist())) >= 5
    assert len(of_0) == len(of_1) == 6


def quality_of(labels: Labels, suggested: Labels) -> LabelQuality:
    n = len(labels)
    flagged = suggested != labels
    empty = np.zeros(n, dtype=np.float32)
    return LabelQuality(
        scores=empty,
        p_mislabel=np.where(flagged, np.float32(0.9), np.float32(0.1)),
        suggested=suggested,
        flagged=flagged,
        kinds=("",) * n,
        judged=np.ones(n, dtype=bool),
        self_confidence=empty,
        neighbour_agreement=empty,
        views={},
        posterior=np.eye(K, dtype=np.float32)[suggested],
        error_rate=ErrorRate(0, 0, 0, True),
        expected_errors=empty,
    )


def test_mislabels_are_told_from_overlap() -> None:
    labels, p = background()
    for a, b in ((0, 1), (2, 3)):
        overlap(p, labels, a, b, 0.6)
        overlap(p, labels, b, a, 0.6)
    suggested = labels.copy()
    for a, b in ((0, 1), (1, 0)):
        suggested[np.flatnonzero(labels == a)[:48]] = b
    pairs = pairs_of(labels, p, quality_of(labels, suggested))
    share = {(int(a), int(b)): float(v) for a, b, v in zip(pairs.a, pairs.b, pairs.mislabel_share, strict=True)}
    assert share[0, 1] == pytest.approx(0.9, abs=0.05)  # one more looks like the other class by chance
    assert share[2, 3] == pytest.approx(0.1, abs=0.001)
    action = dict(zip(zip(pairs.a.tolist(), pairs.b.tolist(), strict=True), pairs.actions, strict=True))
    assert action[0, 1].startswith("First check 96 images")


def test_ambiguity_by_definition() -> None:
    labels = np.array([0, 0, 1, 1, 1, 1], dtype=np.int32)
    p = np.array([[0.9, 0.1], [0.5, 0.5], [0.2, 0.8], [0.2, 0.8], [0.6, 0.4], [0.0, 1.0]], dtype=np.float32)
    pairs = find(labels, p, estimate(labels, p), tree(2))
    joint = estimate(labels, p).confident_joint
    flips = (joint[0, 1] + joint[1, 0] + 0.3 + 0.25) / (joint.sum() + 2)
    expected = np.sqrt(0.3 * 0.25) ** 0.75 * flips**0.25
    assert pairs.ambiguity.tolist() == pytest.approx([expected])
    assert pairs.p_values[0] > 0.05  # with two classes there is no background to exceed
    assert (pairs.n_ab[0], pairs.n_ba[0]) == (0, 1)


def test_interval_covers() -> None:
    labels, p = background(each=4000)
    truth = ambiguities(pairs_of(labels, p))
    covered = []
    for seed in range(20):
        rows = np.random.default_rng(seed).permutation(len(labels))[:1200]
        part = pairs_of(labels[rows], p[rows])
        for a, b, low, high in zip(part.a.tolist(), part.b.tolist(), part.low, part.high, strict=True):
            covered.append(low <= truth[a, b] <= high)
    assert 0.95 < np.mean(covered) < 1  # never too narrow; wider where flips and looks err apart


def test_null_network_has_the_observed_margins() -> None:
    counts = np.random.default_rng(0).poisson(np.outer([5, 1, 3, 0, 2], [1, 4, 2, 0, 1])).astype(np.int32)
    alpha, beta = expected_factors(counts)
    expected = np.outer(alpha, beta)
    np.fill_diagonal(expected, 0)
    off = counts - np.diag(counts.diagonal())
    np.testing.assert_allclose(expected.sum(axis=1), off.sum(axis=1), atol=1e-6)
    np.testing.assert_allclose(expected.sum(axis=0), off.sum(axis=0), atol=1e-6)


def test_tail_and_discoveries_by_value() -> None:
    from scipy.stats import false_discovery_control, poisson

    counts, expected = np.array([0, 1, 5, 40]), np.array([2.0, 0.5, 1.0, 30.0])
    np.testing.assert_allclose(chance_of_at_least(counts, expected), poisson.sf(counts - 1, expected))
    p_values = np.random.default_rng(1).random(200) ** 4
    np.testing.assert_array_equal(discoveries(p_values, 200), false_discovery_control(p_values) <= 0.05)
    assert discoveries(p_values, 10_000).sum() < discoveries(p_values, 200).sum()


@given(st.integers(0, 10_000), st.integers(2, 7), st.integers(2, 30), st.booleans())
@settings(max_examples=60, deadline=None)
def test_contract_on_anything(seed: int, n_classes: int, n: int, hard: bool) -> None:
    random = np.random.default_rng(seed)
    labels = random.integers(-1, n_classes, n).astype(np.int32)
    labels[:2] = (0, 1)
    p = random.dirichlet(np.full(n_classes, 0.3), n).astype(np.float32)
    if hard:
        p = np.eye(n_classes, dtype=np.float32)[p.argmax(axis=1)]
    with np.errstate(all="raise", under="ignore"):
        pairs = pairs_of(labels, p)
    check_contract(pairs, labels)
    shuffled = random.permutation(n)
    again = pairs_of(labels[shuffled], p[shuffled])
    np.testing.assert_allclose(np.sort(again.ambiguity), np.sort(pairs.ambiguity), rtol=1e-4)


def test_many_classes_are_compared_with_their_nearest_only(monkeypatch: pytest.MonkeyPatch) -> None:
    labels, p = background()
    overlap(p, labels, 4, 5, 0.4)
    overlap(p, labels, 5, 4, 0.4)
    everything = pairs_of(labels, p)
    monkeypatch.setattr(module, "PARTNERS", 2)
    monkeypatch.setattr(module, "BLOCK", 5 * K)
    few = pairs_of(labels, p)
    assert len(few) <= 2 * K < len(everything) == K * (K - 1) // 2
    assert significant(few) == significant(everything)
    np.testing.assert_array_equal(few.ambiguity[:1], everything.ambiguity[:1])


def test_one_class() -> None:
    labels, p = background()
    with pytest.raises(NotAvailableError):
        pairs_of(np.zeros_like(labels), p)


def test_take_keeps_rows_together() -> None:
    labels, p = background()
    pairs = pairs_of(labels, p)
    last = pairs.take(np.array([len(pairs) - 1]))
    assert len(last) == 1
    assert last.ambiguity[0] == pairs.ambiguity[-1]
    assert last.boundary == (pairs.boundary[-1],)
