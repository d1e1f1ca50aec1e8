"""One set of 200 real images in every format: the same items, and the same findings."""

from __future__ import annotations

import io
import tarfile
import zipfile
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import datadoctor
from datadoctor.config import Config
from datadoctor.errors import DataDoctorError
from datadoctor.sources import Listing
from datadoctor.sources.choice import list_source
from datadoctor.sources.memory import list_memory
from datadoctor.sources.memory.libraries import given
from datadoctor.sources.memory.pictures import Given
from datadoctor.sources.originals import content_of, digest_if_readable, stamp_of
from datadoctor.stages.reading.images import Opened, read_image
from tests.sources.packs import WRITERS, Picture, digits, folders, parquet, plain_parquet, tarred, webdataset, zipped

FORMATS = {
    "folders": "folder", "imagefolder": "imagefolder", "imagefolder of lines": "imagefolder", "one-hot": "onehot",
    "zip": "archive", "zip, stored": "archive", "tar": "archive", "tar.gz": "archive", "a tar a split": "archive",
    "webdataset": "webdataset", "webdataset, json": "webdataset", "webdataset, txt": "webdataset",
    "parquet": "parquet", "parquet of pandas": "parquet", "saved": "saved", "one-hot in a zip": "onehot", "videos": "video",
}  # fmt: skip


@cache
def pictures() -> list[Picture]:
    return digits()


def keys(listing: Listing) -> list[tuple[str, str, str]]:
    """Pixels, label and split of each item."""
    found = []
    for row in range(len(listing)):
        image = read_image(listing.file(row))
        assert isinstance(image, Opened), image
        found.append((image.pixel_digest, listing.label_name(row), listing.splits[row]))
    return sorted(found)


def expected() -> list[tuple[str, str, str]]:
    found = []
    for one in pictures():
        image = read_image_of(one.content)
        found.append((image.pixel_digest, one.label, one.split))
    return sorted(found)


def read_image_of(content: bytes) -> Opened:
    from datadoctor.stages.reading.images import decode

    image = decode(content)
    assert isinstance(image, Opened)
    return image


@pytest.mark.parametrize("name", WRITERS)
def test_every_format_gives_the_same_items(name: str, tmp_path: Path) -> None:
    if name in ("parquet", "saved"):
        pytest.importorskip("datasets")
    listing = list_source(WRITERS[name](tmp_path / "data", pictures()), Config())
    assert listing.format == FORMATS[name]
    assert keys(listing) == expected()
    assert [one.cause for one in listing.problems if "no image, by its extension" not in one.cause] == []


@pytest.mark.parametrize("name", ["zip", "tar", "webdataset", "parquet of pandas"])
def test_the_order_is_the_same_each_time_and_stamps_are_cheap(name: str, tmp_path: Path) -> None:
    root = WRITERS[name](tmp_path / "data", pictures()[:30])
    one, other = list_source(root, Config()), list_source(root, Config())
    assert one.paths == other.paths
    assert list(one.paths) == sorted(one.paths)
    assert [stamp_of(file) for file in one.files()] == [stamp_of(file) for file in other.files()]
    assert digest_if_readable(one.file(3)) == digest_if_readable(other.file(3)) != ""


def in_memory() -> dict[str, Listing]:
    several = pictures()
    opened = [Image.open(io.BytesIO(one.content)) for one in several]
    arrays = [np.asarray(image) for image in opened]
    labels, splits = [one.label for one in several], [one.split for one in several]
    frame = pd.DataFrame({"image": arrays, "label": labels, "split": splits})
    return {
        "PIL": list_memory(Given(opened, labels, splits)),
        "arrays": list_memory(Given(arrays, labels, splits)),
        "one array": list_memory(Given(np.stack(arrays), labels, splits)),  # type: ignore[arg-type] # as good as a list
        "shares": list_memory(Given([array / 255 for array in arrays], labels, splits)),
        "bytes": list_memory(Given([one.content for one in several], labels, splits)),
        "DataFrame": list_memory(given(frame)),
    }


def test_images_in_memory_are_the_same_items() -> None:
    assert all(keys(listing) == expected() for listing in in_memory().values())


def test_data_sets_of_torch_and_torchvision(tmp_path: Path) -> None:
    import torch
    from torch.utils.data import TensorDataset
    from torchvision.datasets import ImageFolder
    from torchvision.transforms import ToTensor

    several = [one for one in pictures() if one.split == "train"]
    folders(tmp_path, several)
    expected_ = sorted((read_image_of(one.content).pixel_digest, one.label, "") for one in several)
    assert keys(list_memory(given(ImageFolder(str(tmp_path / "train"), transform=ToTensor())))) == expected_
    names = sorted({one.label for one in several})
    tensors = torch.stack([torch.tensor(np.asarray(Image.open(io.BytesIO(o.content)))[None] / 255) for o in several])
    pairs = TensorDataset(tensors, torch.tensor([names.index(one.label) for one in several]))
    numbers = [(digest, str(names.index(label)), split) for digest, label, split in expected_]
    assert keys(list_memory(given(pairs))) == sorted(numbers)
    wrong = read_image(list_memory(given(TensorDataset(tensors - 0.5, torch.zeros(len(tensors))))).file(0))
    assert "without its transform" in getattr(wrong, "cause", "")


def test_a_dataset_of_hugging_face(tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    from tests.sources.packs import saved

    both = datasets.load_from_disk(str(saved(tmp_path / "saved", pictures())))
    assert keys(list_memory(given(both))) == expected()
    train = [one for one in expected() if one[2] == "train"]
    assert keys(list_memory(given(both["train"]))) == [(digest, label, "") for digest, label, _ in train]


def test_what_is_no_image_or_of_another_length_is_said() -> None:
    with pytest.raises(DataDoctorError, match="2 images and 1 labels"):
        list_memory(Given([np.zeros((4, 4), np.uint8)] * 2, ["a"]))
    with pytest.raises(DataDoctorError, match="int: not something that images are read from"):
        given(7)
    with pytest.raises(DataDoctorError, match="nothing to audit, or two things"):
        datadoctor.audit()
    labels = [1.0, np.int64(1), None, float("nan"), "x "]
    listing = list_memory(Given([np.zeros((4, 4), np.uint8)] * 5, labels))
    assert [listing.label_name(row) for row in range(5)] == ["1", "1", "", "", "x"]
    named = list_memory(Given([np.zeros((4, 4), np.uint8)] * 3, [0, 1, -1], classes=("cat", "dog")))
    assert [named.label_name(row) for row in range(3)] == ["cat", "dog", ""]


SETTINGS: dict[str, Any] = {
    "model": "filters",
    "select": ("exact-duplicate", "mislabel", "conflicting-duplicate", "split-leak"),
}


@pytest.mark.slow
def test_every_way_of_packing_has_the_same_findings(tmp_path: Path) -> None:
    several = pictures()[:70] + pictures()[196:]
    labels, splits = [one.label for one in several], [one.split for one in several]
    opened = [Image.open(io.BytesIO(one.content)) for one in several]
    cache_ = tmp_path / "cache"
    runs = [
        datadoctor.audit(write(tmp_path / name, several), out=tmp_path / f"run-{name}", cache=cache_, **SETTINGS)
        for name, write in {"folders": folders, "tar": tarred}.items()
    ]
    runs.append(
        datadoctor.audit(images=opened, labels=labels, splits=splits, out=tmp_path / "memory", cache=cache_, **SETTINGS)
    )
    found = [sorted(zip(run.findings["key"], run.findings["check"], strict=True)) for run in runs]
    assert {check for _, check in found[0]} >= {"mislabel", "exact-duplicate"}
    assert all(one == found[0] for one in found)
    shown = runs[-1]._repr_html_()
    assert "Labels most likely wrong" in shown
    assert shown.count("<figure") == min(12, sum(check == "mislabel" for _, check in found[-1]))


def test_a_manifest_may_be_of_images_in_archives(tmp_path: Path) -> None:
    several = pictures()[:30]
    flat = ((one.name, one.content) for one in several)
    with zipfile.ZipFile(tmp_path / "train.zip", "w") as packed:
        for name, content in flat:
            packed.writestr(name, content)
    table = pd.DataFrame({"id": [one.name[:-4] for one in several], "label": [one.label for one in several]})
    table.to_csv(tmp_path / "train.csv", index=False)
    for source in (tmp_path / "train.zip", tmp_path):
        listing = list_source(source, Config(manifest=(tmp_path / "train.csv",)))
        images = [read_image(file) for file in listing.files()]
        found = [(getattr(one, "pixel_digest", ""), listing.label_name(row)) for row, one in enumerate(images)]
        assert found == [(read_image_of(one.content).pixel_digest, one.label) for one in several]


def test_members_that_escape_or_cannot_be_read_are_said(tmp_path: Path) -> None:
    root = zipped(tmp_path, pictures()[:8])
    with zipfile.ZipFile(root, "a", zipfile.ZIP_BZIP2) as packed:
        packed.writestr("../../outside.png", pictures()[0].content)
        packed.writestr("/abs.png", pictures()[0].content)
        packed.writestr("set/train/digit 1/other.png", pictures()[0].content)
        packed.writestr("set/notes.txt", b"x")
    listing = list_source(root, Config())
    assert len(listing) == 9
    causes = [one.cause for one in listing.problems]
    assert causes.count("left out: a member whose name leads out of the archive") == 2
    assert any("not an image, by its extension" in cause for cause in causes)
    unread = [getattr(read_image(file), "cause", "") for file in listing.files()]
    assert [cause for cause in unread if cause] == [
        "packed in a way that is not read (zip method 12): pack it with `zip` again"
    ]


def test_archives_that_are_damaged_or_lie(tmp_path: Path) -> None:
    root = tarred(tmp_path, pictures()[:8])
    (tmp_path / "cut.tar").write_bytes(root.read_bytes()[:5000])
    listing = list_source(root, Config())
    content = bytearray(root.read_bytes())
    first = listing.file(0)
    root.write_bytes(bytes(content[:-8000]))
    assert any("bytes" in getattr(read_image(file), "cause", "") for file in listing.files()) or content_of(first)
    (tmp_path / "no.zip").write_bytes(b"PK nonsense")
    with pytest.raises(DataDoctorError, match="not an archive that can be read"):
        list_source(tmp_path / "no.zip", Config(source_format="archive"))
    with pytest.raises(DataDoctorError, match=r"not a folder|not an archive"):
        list_source(tmp_path / "no.zip", Config())


def test_rows_without_bytes_are_unreadable_not_silent(tmp_path: Path) -> None:
    import pyarrow
    from pyarrow import parquet as files

    rows = [{"bytes": pictures()[0].content, "path": "a.png"}, {"bytes": None, "path": "gone.png"}, None]
    table = pyarrow.table({"image": pyarrow.array(rows), "label": ["x", "y", "x"]})
    files.write_table(table, tmp_path / "set.parquet")
    listing = list_source(tmp_path, Config())
    causes = [getattr(read_image(file), "cause", "") for file in listing.files()]
    assert causes[1] == "the row holds no bytes of an image, only its path 'gone.png'"
    assert causes[2] == "the row holds no bytes of an image"


def test_large_groups_of_rows_are_read_from_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from datadoctor.sources.packed import groups

    monkeypatch.setattr(groups, "LARGE", 1000)
    listing = list_source(plain_parquet(tmp_path, pictures()), Config())
    order = np.random.default_rng(0).permutation(len(listing))
    assert sorted(content_of(listing.file(row)) for row in order.tolist()) == sorted(one.content for one in pictures())


def test_samples_say_what_is_missing(tmp_path: Path) -> None:
    root = webdataset(tmp_path, pictures()[:20])
    with tarfile.open(root / "train-000000.tar", "a") as packed:
        for name, content in (("9999.cls", b"7"), ("8888.json", b"{nonsense"), ("8888.png", pictures()[0].content)):
            info = tarfile.TarInfo(name)
            info.size = len(content)
            packed.addfile(info, io.BytesIO(content))
    causes = [one.cause for one in list_source(root, Config()).problems]
    assert "left out: a sample without an image" in causes
    assert "cannot be read: JSONDecodeError" in causes
    assert "no given label: the image is compared for duplicates only" in causes


def test_one_hot_rows_with_several_ones_are_images_with_several_labels(tmp_path: Path) -> None:
    from tests.sources.packs import one_hot

    root = one_hot(tmp_path, pictures()[:40])
    table = pd.read_csv(root / "train" / "_classes.csv")
    table.loc[:3, table.columns[1:3]] = 1
    table.to_csv(root / "train" / "_classes.csv", index=False)
    listing = list_source(root, Config())
    assert listing.several is not None
    assert (listing.several[:, :2].sum(axis=1) == 2).sum() == 4
    assert "several labels an image" in listing.sentence()


def test_the_columns_of_a_table_can_be_named(tmp_path: Path) -> None:
    pytest.importorskip("datasets")
    root = parquet(tmp_path, pictures()[:20])
    listing = list_source(root, Config(label_column="label"))
    assert listing.classes[0].startswith("digit")
    with pytest.raises(DataDoctorError, match="no column 'nope'"):
        list_source(root, Config(label_column="nope"))
