"""Folds are stratified, keep duplicates together, and follow the images rather than their order."""

import hashlib

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from datadoctor.stages.predictions import folds


def digests(n: int) -> list[str]:
    return [hashlib.sha256(str(i).encode()).hexdigest() for i in range(n)]


@st.composite
def datasets(draw: st.DrawFn) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    n = draw(st.integers(1, 60))
    labels = draw(st.lists(st.integers(-1, 4), min_size=n, max_size=n))
    groups = draw(st.lists(st.integers(0, 2 * n), min_size=n, max_size=n))
    return np.array(labels, dtype=np.int32), np.array(groups, dtype=np.int32)


@given(datasets(), st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=60)
def test_folds_do_not_depend_on_row_order_or_group_names(dataset, random) -> None:  # type: ignore[no-untyped-def]
    labels, groups = dataset
    names = digests(len(labels))
    order = list(range(len(labels)))
    random.shuffle(order)
    first = folds.assign(labels, groups, names)
    second = folds.assign(labels[order], 1000 - groups[order], [names[i] for i in order])
    assert second.tolist() == first[order].tolist()


@given(datasets())
@settings(deadline=None, max_examples=60)
def test_a_group_is_never_separated(dataset) -> None:  # type: ignore[no-untyped-def]
    labels, groups = dataset
    assigned = folds.assign(labels, groups, digests(len(labels)))
    for group in np.unique(groups):
        assert len(set(assigned[groups == group].tolist())) == 1


def test_identical_pictures_stay_together_even_where_no_group_says_so() -> None:
    names = ["a" * 64, "b" * 64] * 10
    assigned = folds.assign(np.zeros(20, np.int32), np.arange(20, dtype=np.int32), names)
    assert len(set(assigned[::2].tolist())) == 1


def test_each_label_is_spread_evenly() -> None:
    labels = np.repeat([0, 1, 2, -1], [100, 33, 4, 12]).astype(np.int32)
    assigned = folds.assign(labels, np.arange(149, dtype=np.int32), digests(149))
    for label in (0, 1, 2, -1):
        counts = np.bincount(assigned[labels == label], minlength=5)
        assert counts.max() - counts.min() <= 1
    totals = np.bincount(assigned, minlength=5)
    assert totals.max() - totals.min() <= 2


def test_classes_of_one_do_not_all_land_in_the_first_fold() -> None:
    labels = np.arange(50, dtype=np.int32)
    assigned = folds.assign(labels, labels, digests(50))
    assert np.bincount(assigned, minlength=5).tolist() == [10] * 5
