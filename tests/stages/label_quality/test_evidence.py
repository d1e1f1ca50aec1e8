"""What maps say of an image: two regions that speak for one label each, or one."""

import numpy as np
import pytest
from numpy.typing import NDArray

from datadoctor.stages.label_quality.evidence import SIDE, Evidence, apart, reread


def blob(row: float, column: float, height: float = 1.0, width: float = 3.0) -> NDArray[np.float32]:
    """A smooth bump, its middle at shares of the side, over a ground that speaks a little against."""
    y, x = np.mgrid[:SIDE, :SIDE] / (SIDE - 1)
    found = height * np.exp(-((y - row) ** 2 + (x - column) ** 2) * SIDE**2 / (2 * width**2)) - 0.02
    return np.asarray(found, dtype=np.float32)


def maps(*pairs: tuple[NDArray[np.float32], NDArray[np.float32]]) -> NDArray[np.float32]:
    return np.array(pairs)


@pytest.mark.parametrize("height", [0.5, 1.0, 1.8])
def test_two_regions_are_apart_and_one_is_not(height: float) -> None:
    left_right = (blob(0.5, 0.25), blob(0.5, 0.75, height))
    above_below = (blob(0.2, 0.5, height), blob(0.8, 0.4))
    same = (blob(0.5, 0.5), blob(0.5, 0.55, height))
    around = (blob(0.5, 0.5, width=6), blob(0.5, 0.5, height))
    np.testing.assert_array_equal(apart(maps(left_right, above_below, same, around)), [True, True, False, False])


def test_a_label_that_is_hardly_seen_is_not_there() -> None:
    faint, nothing = blob(0.5, 0.2, 0.1), np.full((SIDE, SIDE), -1, np.float32)
    found = apart(maps((faint, blob(0.5, 0.8)), (nothing, blob(0.5, 0.8)), (nothing, nothing)))
    assert not found.any()


def test_kinds_follow_the_maps() -> None:
    both, one = (blob(0.5, 0.2), blob(0.5, 0.8)), (blob(0.5, 0.5), blob(0.5, 0.5, 0.8))
    rows = np.array([0, 1, 2, 3, 5, 6])
    found = Evidence(
        rows,
        ("",) * 6,
        np.zeros((6, 2), np.int32),
        maps(both, one, both, one, both, both),
        np.zeros((6, 2), np.float32),
    )
    before = ("relabel", "relabel", "off-topic", "several objects", "several objects", "several objects", "")
    after = ("several objects", "relabel", "off-topic", "unsure", "several objects", "several objects", "")
    assert reread(before, found) == after, "what has no map, and what is not flagged, stays"
