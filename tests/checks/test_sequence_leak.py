"""Recordings in two splits: on real frames of video with published truth, and on numbered names that are no recordings."""

from __future__ import annotations

import tarfile
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from PIL import Image

from datadoctor.checks import load
from datadoctor.errors import NotApplicableError
from datadoctor.stages.index import Neighbours
from datadoctor.stages.index.build import build
from datadoctor.stages.sequences import Sequences, sequences
from datadoctor.stages.sequences.regrouping import grouped_split
from tests.checks.make import dataset_of

CAMVID = Path(__file__).parents[2] / ".." / "shared" / "data" / "camvid"
SIDE = 12


def shrunken(images: list[Image.Image]) -> Neighbours:
    """The nearest images by shrunken pixels."""
    pixels = np.stack([np.asarray(one.convert("L").resize((SIDE, SIDE)), dtype=np.float32).ravel() for one in images])
    pixels -= pixels.mean(axis=1, keepdims=True)
    return build(np.asarray(pixels / np.linalg.norm(pixels, axis=1, keepdims=True)), 30, device="cpu")


@pytest.fixture(scope="module")
def camvid() -> tuple[pd.DataFrame, Neighbours]:
    if not CAMVID.is_dir():
        pytest.skip(f"{CAMVID} is not there")
    truth = pd.read_csv(CAMVID / "sequences.csv").sort_values("path", ignore_index=True)
    with tarfile.open(CAMVID / "images.tar") as archive:
        images = []
        for path in truth["path"]:
            stream = archive.extractfile(path)
            assert stream
            images.append(Image.open(stream).convert("L"))
    return truth, shrunken(images)


def named(found: Sequences) -> dict[str, int]:
    return {name: int((found.ids == number).sum()) for number, name in enumerate(found.names)}


def test_the_recordings_of_camvid_are_told_by_their_frames(camvid: tuple[pd.DataFrame, Neighbours]) -> None:
    truth, neighbours = camvid
    found = sequences(truth["path"].tolist(), truth["split"].tolist(), neighbours)
    assert named(found) == Counter(truth["sequence"])
    frames = found.numbers
    assert frames.tolist() == truth["frame"].tolist()


def test_the_published_split_of_camvid_shares_two_of_them(camvid: tuple[pd.DataFrame, Neighbours]) -> None:
    truth, neighbours = camvid
    paths, splits = truth["path"].tolist(), truth["split"].tolist()
    dataset = dataset_of(len(paths), splits=splits)
    found = list(load("sequence-leak").find(dataset, sequences(paths, splits, neighbours)))
    assert {one.labels for one in found} == {("0001TP", "test", "train"), ("0016E5", "train", "val")}
    assert found[0].message.startswith("test and train share the recording 0001TP: 62 and 62 of its 124 frames")
    proposed = grouped_split(splits, sequences(paths, splits, neighbours))
    parted = pd.crosstab(truth["sequence"], pd.Series(proposed))
    assert ((parted > 0).sum(axis=1) == 1).all()
    assert set(proposed) == {"train", "val", "test"}
    before, after = Counter(splits), Counter(proposed)
    assert all(0.6 * before[name] < after[name] < 1.4 * before[name] for name in before)


def test_frames_whose_numbers_were_shuffled_are_no_recording(camvid: tuple[pd.DataFrame, Neighbours]) -> None:
    truth, neighbours = camvid
    rng = np.random.default_rng(0)
    paths = truth["path"].to_numpy().copy()
    for rows in truth.groupby("sequence").groups.values():
        paths[np.asarray(rows)] = rng.permutation(paths[np.asarray(rows)])
    assert sequences(paths.tolist(), [path.split("/")[0] for path in paths], neighbours).names == ()


def along(n: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Vectors of a recording: each is near the one before."""
    walk = np.cumsum(rng.normal(size=(n, 24)), axis=0)
    return np.asarray(walk / np.linalg.norm(walk, axis=1, keepdims=True), dtype=np.float32)


def apart(n: int, rng: np.random.Generator) -> NDArray[np.float32]:
    vectors = rng.normal(size=(n, 24))
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("frames/{:04d}.jpg", "frames"),
        ("frame_{:d}.jpg", ""),
        ("walk/cam1_f{:05d}.png", "walk/cam1"),
        ("IMG-{:03d}a.jpg", ""),
    ],
)
def test_names_of_frames(name: str, expected: str) -> None:
    rng = np.random.default_rng(1)
    vectors = np.concatenate([along(60, rng), apart(200, rng)])
    paths = [name.format(number * 7) for number in range(60)] + [f"other/x{number}.jpg" for number in range(200)]
    found = sequences(paths, [""] * 260, build(vectors, 30, device="cpu"))
    assert named(found) == {expected: 60}
    assert found.followed[0] > 0.5


def test_splits_in_folders_and_in_names_do_not_part_a_recording() -> None:
    rng = np.random.default_rng(2)
    splits = ["train" if number % 2 else "test" for number in range(80)]
    paths = [f"{split}/clip_{number:03d}.jpg" for number, split in enumerate(splits)]
    found = sequences(paths, splits, build(along(80, rng), 30, device="cpu"))
    assert named(found) == {"clip": 80}
    assert set(grouped_split(splits, found)) <= {"train", "test"}
    assert len(set(grouped_split(splits, found))) == 1


def test_what_has_groups_or_one_split_is_not_judged() -> None:
    nothing = Sequences(np.full(4, -1, dtype=np.int32), (), np.zeros(4, dtype=np.int64), ())
    with pytest.raises(NotApplicableError, match="one split only"):
        list(load("sequence-leak").find(dataset_of(4), nothing))
