"""Of planted copies it is told which the search would come to: those near enough, by either signal, before it stops."""

from dataclasses import replace

import numpy as np
import pytest

from datadoctor.stages.dataset import Dataset
from datadoctor.stages.duplicates.candidates import candidates, unmirrored
from datadoctor.stages.duplicates.planting import CHANGES, ORIGINALS, Planted, planted
from datadoctor.stages.duplicates.reaching import reached
from datadoctor.stages.index.build import build
from tests.stages.duplicates.pictures import dataset_of, picture

N = 60


class Searched:
    """A dataset with a random eye, to which nothing is near but what is said to be."""

    def __init__(self, dataset: Dataset, small: np.ndarray) -> None:
        self.small, self.copies = small, planted(dataset, None, small.shape[1], seed=0)
        self.vectors = unit(np.random.default_rng(0).normal(size=(N, 64)))
        self.neighbours = build(self.vectors, 5, device="cpu")
        self.alike = build(unmirrored(small), 5, device="cpu")
        self.candidates = candidates(self.neighbours, self.alike, small, np.arange(N, dtype=np.int32))

    def reached(self, copies: Planted, of_copies: np.ndarray, looked_at: int) -> np.ndarray:
        return reached(
            copies, of_copies, self.vectors, self.neighbours, self.alike, self.small, self.candidates, looked_at
        )


def unit(vectors: np.ndarray) -> np.ndarray:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> Searched:
    images = {f"p{i:02d}.png": picture(i, 96, 72) for i in range(N)}
    return Searched(*dataset_of(tmp_path_factory.mktemp("searched"), images))


def test_copies_are_made_of_sixteen_images_under_each_change(searched: Searched) -> None:
    copies = searched.copies
    assert len(copies) == ORIGINALS * len(CHANGES) == len(copies.small)
    assert set(copies.shares(copies.recognised)) == set(CHANGES)
    assert copies.recognised.mean() > 0.8


def test_what_the_eye_takes_for_the_original_is_reached_first(searched: Searched) -> None:
    near = unit(searched.vectors[searched.copies.rows] + 0.01)
    assert searched.reached(searched.copies, near, N).all()
    assert not searched.reached(searched.copies, near, 0).any()


def test_copies_that_look_like_others_to_eye_and_pixels_are_no_candidates(searched: Searched) -> None:
    rng = np.random.default_rng(1)
    far = unit(rng.normal(size=(len(searched.copies), 64)) - 3 * searched.vectors[searched.copies.rows])
    noise = rng.integers(0, 256, searched.copies.small.shape, dtype=np.uint8)
    assert searched.reached(replace(searched.copies, small=noise), far, 10**6).mean() < 0.3
    # By their pixels alone most are found: they are whole pictures.
    by_pixels = searched.copies.shares(searched.reached(searched.copies, far, 10**6))
    assert by_pixels["mirrored"] > 0.9
    assert by_pixels["recompressed to JPEG 50"] > 0.9


def test_a_search_that_stops_early_comes_to_fewer(searched: Searched) -> None:
    far = unit(np.random.default_rng(1).normal(size=(len(searched.copies), 64)))
    some = [int(searched.reached(searched.copies, far, looked_at).sum()) for looked_at in (0, 20, 80, 10**6)]
    assert some == sorted(some)
    assert some[0] < some[1] < some[-1]
