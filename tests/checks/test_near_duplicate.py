"""Changed copies are one finding a set; exact ones alone are not near."""

from datadoctor.checks import load
from tests.checks.duplicates import pairs_of
from tests.checks.make import dataset_of


def test_sets_with_a_changed_copy_are_found_most_alike_first() -> None:
    pairs = pairs_of(
        [(3, 1, "exact", 1.0)],
        [(0, 2, "near", 0.6)],
        [(4, 5, "near", 0.9)],
        [(6, 7, "exact", 1.0), (6, 8, "near", 0.7)],
    )
    found = list(load("near-duplicate").find(dataset_of(9), pairs))
    assert [finding.items[0].path for finding in found] == ["0006.png", "0004.png", "0000.png"]
    assert "mirrored" in found[1].message
