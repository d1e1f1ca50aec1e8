from pathlib import Path

import numpy as np
import pytest

from datadoctor.cache import ImageCache
from datadoctor.errors import DataDoctorError
from datadoctor.progress import Silent
from datadoctor.stages.brought.orders import Listed
from datadoctor.stages.dataset import Dataset, readable_part
from datadoctor.stages.embeddings import precomputed
from datadoctor.stages.reading.read import read
from tests.stages.listings import listed, write_images


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    """Four listed images of which the second is unreadable."""
    write_images(tmp_path / "a", 4)
    (tmp_path / "a" / "001.png").write_bytes(b"no")
    listing = listed(tmp_path / "a")
    found = read(listing, None, cache=ImageCache(tmp_path / "cache"), out=tmp_path / "out", progress=Silent())
    return readable_part(listing, found.images)


def all_of(dataset: Dataset) -> Listed:
    return Listed([f"{i:03d}.png" for i in range(4)], np.zeros(4, dtype=np.int32), dataset.listing_rows)


VECTORS = np.array([[3, 4], [1e200, 0], [0, -2], [1, 0]])
EXPECTED = np.array([[0.6, 0.8], [0, -1], [1, 0]], dtype=np.float32)


def test_rows_of_all_listed_or_of_readable_images_or_by_path(tmp_path: Path, dataset: Dataset) -> None:
    np.save(tmp_path / "listed.npy", VECTORS)
    np.save(tmp_path / "readable.npy", VECTORS[[0, 2, 3]])
    np.savez(tmp_path / "paths.npz", embeddings=VECTORS[::-1], paths=np.array(["003.png", "002.png", "x", "000.png"]))
    for name in ("listed.npy", "readable.npy", "paths.npz"):
        found = precomputed.read(tmp_path / name, dataset, all_of(dataset), tmp_path / "e.npy")
        np.testing.assert_allclose(found.vectors, EXPECTED, rtol=1e-6)
        np.testing.assert_array_equal(np.load(tmp_path / "e.npy"), found.vectors)
        assert name in found.made_by


@pytest.mark.parametrize(
    ("vectors", "message"),
    [
        (np.ones((2, 3)), "2 rows, but 4 images are listed and 3 readable"),
        (np.ones(4), "shape"),
        (np.array([["a"]] * 4), "one row of numbers"),
        (np.array([[1.0], [1], [np.nan], [1]]), "'002.png' has NaN"),
        (np.array([[1.0], [1], [1], [0]]), "'003.png' has only zeros"),
    ],
)
def test_what_cannot_be_used_is_said(tmp_path: Path, dataset: Dataset, vectors: np.ndarray, message: str) -> None:
    np.save(tmp_path / "x.npy", vectors)
    with pytest.raises(DataDoctorError, match=message):
        precomputed.read(tmp_path / "x.npy", dataset, all_of(dataset), tmp_path / "e.npy")


@pytest.mark.parametrize(
    ("paths", "message"),
    [
        (["000.png"] * 4, "more than once"),
        (["a", "b", "c", "d"], "nothing for 3 of 3 images, the first is '000.png'"),
        (["a"], "must be 4 texts"),
    ],
)
def test_paths_that_do_not_fit(tmp_path: Path, dataset: Dataset, paths: list[str], message: str) -> None:
    np.savez(tmp_path / "x.npz", embeddings=VECTORS, paths=np.array(paths))
    with pytest.raises(DataDoctorError, match=message):
        precomputed.read(tmp_path / "x.npz", dataset, all_of(dataset), tmp_path / "e.npy")


def test_files_that_are_not_arrays(tmp_path: Path, dataset: Dataset) -> None:
    (tmp_path / "text.npy").write_text("no array")
    np.savez(tmp_path / "other.npz", vectors=VECTORS)
    np.save(tmp_path / "pickled.npy", np.array([{}], dtype=object), allow_pickle=True)
    for name, message in (
        ("text.npy", "cannot be read"),
        ("other.npz", "'embeddings'"),
        ("pickled.npy", "cannot be read"),
        ("no.npy", "no such"),
    ):
        with pytest.raises(DataDoctorError, match=message):
            precomputed.read(tmp_path / name, dataset, all_of(dataset), tmp_path / "e.npy")
