"""Regions hold members and nothing decided otherwise, and few of them hold all: against every possible choice on small cases."""

from itertools import combinations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from datadoctor.stages.interpretations.regions import Sides, cover


def drawn(seed: int, members: int, others: int, boundaries: int) -> tuple[Sides, Sides]:
    random = np.random.default_rng(seed)
    return random.random((members, boundaries)) < 0.7, random.random((others, boundaries)) < 0.4


cases = st.tuples(st.integers(0, 2**31), st.integers(1, 12), st.integers(0, 20), st.integers(1, 8))


@given(cases)
@settings(max_examples=80, deadline=None)
def test_all_members_are_held_and_of_the_others_only_those_that_no_boundary_parts(
    case: tuple[int, int, int, int],
) -> None:
    members, others = drawn(*case)
    regions = cover(members, others)
    assert np.any([region.inside for region in regions], axis=0).all()
    for region in regions:
        np.testing.assert_array_equal(region.holds(members), region.inside)
        for other in others[region.holds(others)]:
            assert (members == other).all(axis=1).any()


@given(cases)
@settings(max_examples=80, deadline=None)
def test_the_first_regions_hold_what_the_guarantee_says(case: tuple[int, int, int, int]) -> None:
    members, others = drawn(*case)
    chosen = [region.inside for region in cover(members, others)]
    for k in (1, 2, 3):
        best = max(np.any(some, axis=0).sum() for some in combinations(chosen, min(k, len(chosen))))
        assert np.any(chosen[:k], axis=0).sum() >= (1 - 1 / np.e) * best


def test_two_reasons_are_two_regions_and_a_boundary_that_loses_nobody_is_taken_first() -> None:
    members = np.array([[1, 1, 0, 1]] * 5 + [[1, 0, 1, 0]] * 3, dtype=bool)
    others = np.array([[0, 1, 0, 1]] * 4 + [[1, 0, 0, 1], [1, 1, 1, 1]], dtype=bool)
    first, second = cover(members, others)
    assert first.inside.tolist() == [True] * 5 + [False] * 3
    assert second.inside.tolist() == [False] * 5 + [True] * 3
    assert first.boundaries[0] == second.boundaries[0] == 0
    assert not first.holds(others).any()
    assert not second.holds(others).any()


def test_nothing_decided_otherwise_is_one_region_without_boundaries() -> None:
    (region,) = cover(np.array([[True, False], [False, False]]), np.empty((0, 2), dtype=bool))
    assert region.boundaries == ()
    assert region.inside.all()
