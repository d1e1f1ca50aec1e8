"""The outlier check finds what is far from everything and stays silent where nothing is."""

import numpy as np
import pytest
from numpy.typing import NDArray

from datadoctor.checks import load
from datadoctor.errors import NotAvailableError
from datadoctor.stages import every
from datadoctor.stages.index import Neighbours
from tests.checks.make import dataset_of, neighbours_of

outlier = load("outlier")


def isolation(neighbours: Neighbours) -> NDArray[np.float64]:
    stages = every()
    found: NDArray[np.float64] = stages["isolation"].make(stages["spacing"].make(neighbours), neighbours)
    return found


def clusters(seed: int, strays: int) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(4, 16))
    points = np.concatenate([centre + 0.2 * rng.normal(size=(60, 16)) for centre in centres])
    return np.concatenate([points, 3 * rng.normal(size=(strays, 16))]).astype(np.float32)


def found_rows(vectors: np.ndarray[tuple[int, int], np.dtype[np.float32]]) -> list[str]:
    neighbours = neighbours_of(vectors)
    return [finding.items[0].path for finding in outlier.find(dataset_of(len(vectors)), isolation(neighbours))]


@pytest.mark.parametrize("seed", range(5))
def test_strays_are_found_and_members_are_not(seed: int) -> None:
    found = found_rows(clusters(seed, 3))
    assert {"0240.png", "0241.png", "0242.png"} <= set(found)
    assert len(found) <= 5


@pytest.mark.parametrize("seed", range(5))
def test_clusters_alone_give_next_to_nothing(seed: int) -> None:
    assert len(found_rows(clusters(seed, 0))) <= 2


def test_worst_come_first_and_scores_are_in_range() -> None:
    neighbours = neighbours_of(clusters(0, 3))
    scores = [finding.score for finding in outlier.find(dataset_of(243), isolation(neighbours))]
    assert scores == sorted(scores, reverse=True)
    assert all(0 < score < 1 for score in scores)


def test_identical_images_have_no_outlier() -> None:
    vectors = np.ones((50, 8), dtype=np.float32)
    assert np.abs(isolation(neighbours_of(vectors))).max() == 0


def test_too_few_images_cannot_be_judged() -> None:
    one = Neighbours(np.full((1, 5), -1, np.int32), np.full((1, 5), np.nan, np.float32), "exact", 1.0)
    with pytest.raises(NotAvailableError, match="1 images"):
        list(outlier.find(dataset_of(1), isolation(one)))
