"""One set of real images, written in every format that holds whole images, as the tools that make them do."""

from __future__ import annotations

import io
import json
import tarfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image


@dataclass(frozen=True)
class Picture:
    """A written digit as a PNG: its number in the set, label and split."""

    number: int
    label: str
    split: str
    content: bytes

    @property
    def name(self) -> str:
        return f"{self.number:04d}.png"


def digits(n: int = 200) -> list[Picture]:
    """Real images: the first digits that come with scikit-learn; two labels are wrong and two images are there twice."""
    from sklearn.datasets import load_digits

    found = load_digits()
    pictures = []
    for number in range(n):
        pixels = found.images[number - 2 if number >= n - 2 else number]  # the last two repeat those before
        stream = io.BytesIO()
        grey = Image.fromarray(np.uint8(255 - pixels * (255 / 16))).resize((32, 32), Image.Resampling.BICUBIC)
        grey.save(stream, "PNG")
        digit = int(found.target[number - 2 if number >= n - 2 else number])
        label = (digit + 3) % 10 if number in (20, 41) else digit
        pictures.append(Picture(number, f"digit {label}", "test" if number % 4 == 0 else "train", stream.getvalue()))
    return pictures


def _write(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)


def folders(root: Path, pictures: Sequence[Picture]) -> Path:
    for one in pictures:
        _write(root / one.split / one.label / one.name, one.content)
    return root


def imagefolder(root: Path, pictures: Sequence[Picture], kind: str = "csv") -> Path:
    for split in ("train", "test"):
        several = [one for one in pictures if one.split == split]
        for one in several:
            _write(root / split / one.name, one.content)
        table = pd.DataFrame({"file_name": [one.name for one in several], "label": [one.label for one in several]})
        if kind == "csv":
            table.to_csv(root / split / "metadata.csv", index=False)
        else:
            table.to_json(root / split / "metadata.jsonl", orient="records", lines=True)
    return root


def imagefolder_lines(root: Path, pictures: Sequence[Picture]) -> Path:
    return imagefolder(root, pictures, "jsonl")


def _members(pictures: Sequence[Picture]) -> Iterator[tuple[str, bytes]]:
    for one in pictures:
        yield f"set/{one.split}/{one.label}/{one.name}", one.content


def _zip(file: Path, members: Iterator[tuple[str, bytes]], method: int) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(file, "w", method) as packed:
        for name, content in members:
            packed.writestr(name, content)
    return file


def zipped(root: Path, pictures: Sequence[Picture]) -> Path:
    return _zip(root / "set.zip", _members(pictures), zipfile.ZIP_DEFLATED)


def stored(root: Path, pictures: Sequence[Picture]) -> Path:
    return _zip(root / "set.zip", _members(pictures), zipfile.ZIP_STORED)


def _tar(file: Path, members: Iterator[tuple[str, bytes]], mode: str = "w") -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(file, mode) as packed:  # type: ignore[call-overload] # any mode
        for name, content in members:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            packed.addfile(info, io.BytesIO(content))
    return file


def tarred(root: Path, pictures: Sequence[Picture]) -> Path:
    return _tar(root / "set.tar", _members(pictures))


def gzipped(root: Path, pictures: Sequence[Picture]) -> Path:
    return _tar(root / "set.tar.gz", _members(pictures), "w:gz")


def tar_a_split(root: Path, pictures: Sequence[Picture]) -> Path:
    for split in ("train", "test"):
        _tar(root / f"{split}.tar", ((f"{o.label}/{o.name}", o.content) for o in pictures if o.split == split))
    return root


def _samples(pictures: Sequence[Picture], kind: str) -> Iterator[tuple[str, bytes]]:
    for one in pictures:
        said = json.dumps({"label": one.label, "caption": f"a {one.number}"}) if kind == "json" else one.label
        yield one.name, one.content
        yield f"{one.name[:-4]}.{kind}", said.encode()


def webdataset(root: Path, pictures: Sequence[Picture], kind: str = "cls") -> Path:
    for split in ("train", "test"):
        several = [one for one in pictures if one.split == split]
        for shard, start in enumerate(range(0, len(several), 60)):
            _tar(root / f"{split}-{shard:06d}.tar", _samples(several[start : start + 60], kind))
    return root


def webdataset_json(root: Path, pictures: Sequence[Picture]) -> Path:
    return webdataset(root, pictures, "json")


def webdataset_text(root: Path, pictures: Sequence[Picture]) -> Path:
    return webdataset(root, pictures, "txt")


def parquet(root: Path, pictures: Sequence[Picture]) -> Path:
    """As the hub of Hugging Face has it: ``{bytes, path}``, labels as numbers, the names of classes in the schema."""
    import datasets

    names = sorted({one.label for one in pictures})
    root.mkdir(parents=True, exist_ok=True)
    for split in ("train", "test"):
        _hugging_face(pictures, names, split, datasets).to_parquet(root / "data" / f"{split}-00000-of-00001.parquet")
    return root


def _hugging_face(pictures: Sequence[Picture], names: Sequence[str], split: str, datasets):  # type: ignore[no-untyped-def]
    several = [one for one in pictures if one.split == split]
    features = datasets.Features({"image": datasets.Image(), "label": datasets.ClassLabel(names=list(names))})
    images = [{"bytes": one.content, "path": one.name} for one in several]
    return datasets.Dataset.from_dict({"image": images, "label": [one.label for one in several]}, features=features)


def saved(root: Path, pictures: Sequence[Picture]) -> Path:
    import datasets

    names = sorted({one.label for one in pictures})
    both = {split: _hugging_face(pictures, names, split, datasets) for split in ("train", "test")}
    datasets.DatasetDict(both).save_to_disk(str(root))
    return root


def plain_parquet(root: Path, pictures: Sequence[Picture]) -> Path:
    """As pandas writes it: bytes, label and split in one table of one group of rows."""
    root.mkdir(parents=True, exist_ok=True)
    table = pd.DataFrame({name: [getattr(one, name) for one in pictures] for name in ("label", "split")})
    table.assign(image=[one.content for one in pictures]).to_parquet(root / "set.parquet")
    return root / "set.parquet"


def one_hot(root: Path, pictures: Sequence[Picture]) -> Path:
    names = sorted({one.label for one in pictures})
    for split in ("train", "test"):
        several = [one for one in pictures if one.split == split]
        for one in several:
            _write(root / split / one.name, one.content)
        columns = {name: [int(one.label == name) for one in several] for name in names}
        pd.DataFrame({"filename": [o.name for o in several], **columns}).to_csv(
            root / split / "_classes.csv", index=False
        )
    return root


def in_zip(folder: Path) -> Path:
    """What lies in a folder, as `zip -r` packs it."""
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    members = ((file.relative_to(folder).as_posix(), file.read_bytes()) for file in files)
    return _zip(folder.with_suffix(".zip"), members, zipfile.ZIP_DEFLATED)


def in_tar(folder: Path) -> Path:
    """What lies in a folder, as `tar cf` packs it."""
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    return _tar(folder.with_suffix(".tar"), ((f"./{f.relative_to(folder).as_posix()}", f.read_bytes()) for f in files))


def zipped_one_hot(root: Path, pictures: Sequence[Picture]) -> Path:
    """As Roboflow exports it."""
    return in_zip(one_hot(root / "export", pictures))


def film(file: Path, frames: Sequence[NDArray[np.uint8]], code: str = "FFV1", rate: float = 1.0) -> Path:
    """A video of (height, width, 3) RGB frames; FFV1 keeps every pixel as it is."""
    import cv2

    file.parent.mkdir(parents=True, exist_ok=True)
    height, width = frames[0].shape[:2]
    writer = cv2.VideoWriter(str(file), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*code), rate, (width, height))
    assert writer.isOpened(), code
    for frame in frames:
        writer.write(np.ascontiguousarray(frame[..., ::-1]))
    writer.release()
    return file


def _films(root: Path, pictures: Sequence[Picture]) -> list[tuple[Path, str, str]]:
    """A video for each class of each split, with that class and split."""
    made = []
    for split, label in sorted({(one.split, one.label) for one in pictures}):
        several = [one for one in pictures if (one.split, one.label) == (split, label)]
        frames = [np.asarray(Image.open(io.BytesIO(one.content)).convert("RGB")) for one in several]
        made.append((film(root / split / label / "clip.mkv", frames), label, split))
    return made


def videos(root: Path, pictures: Sequence[Picture]) -> Path:
    _films(root, pictures)
    return root


WRITERS: dict[str, Callable[[Path, Sequence[Picture]], Path]] = {
    "folders": folders, "imagefolder": imagefolder, "imagefolder of lines": imagefolder_lines, "zip": zipped,
    "zip, stored": stored, "tar": tarred, "tar.gz": gzipped, "a tar a split": tar_a_split, "webdataset": webdataset,
    "webdataset, json": webdataset_json, "webdataset, txt": webdataset_text, "parquet": parquet, "saved": saved,
    "parquet of pandas": plain_parquet, "one-hot": one_hot,
    "one-hot in a zip": zipped_one_hot, "videos": videos,
}  # fmt: skip
