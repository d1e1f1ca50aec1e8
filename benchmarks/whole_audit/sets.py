"""The image sets, and what is known to be wrong with them."""

from __future__ import annotations

import csv
import tarfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image

Pair = tuple[str, str]


@dataclass(frozen=True)
class ImageSet:
    """``paths`` below ``folder``, ``labels`` by path (those given); of these paths ``wrong`` are, None where nobody knows.

    ``copies``, ``alike``: judged pairs, the same picture or not. ``splits`` by path: a copy in another one is a leak.
    """

    name: str
    folder: Path
    labels: dict[str, str]
    wrong: frozenset[str] | None = None
    copies: Sequence[Pair] = ()
    alike: Sequence[Pair] = ()
    splits: dict[str, str] = field(default_factory=dict)

    @property
    def manifest(self) -> Path:
        """A table of path, label and, where there are any, split."""
        return self.folder.parent / f"{self.folder.name}.csv"

    @property
    def leaks(self) -> list[Pair]:
        """The copies in two splits."""
        return [(a, b) for a, b in self.copies if self.splits.get(a) != self.splits.get(b)]

    def write_manifest(self) -> None:
        """Write it."""
        with self.manifest.open("w", newline="") as stream:
            table = csv.writer(stream)
            table.writerow(["path", "label", *(["split"] if self.splits else [])])
            table.writerows(
                [path, label, *([self.splits[path]] if self.splits else [])] for path, label in self.labels.items()
            )


def image_sets(data: Path, work: Path, names: Sequence[str], n: int) -> Iterator[ImageSet]:
    """Those named, of about ``n`` images each (0: all), every image of a judged pair among them."""
    for name in names:
        found = _resized(data, work, n) if name == "resized" else _known(data, work, name, n)
        found.write_manifest()
        yield found


def _known(data: Path, work: Path, name: str, n: int) -> ImageSet:
    given, true, table = {
        "caltech44": ("given_label", "true_label", "truth.csv"),
        "cifar10": ("aggre_label", "clean_label", "manifest.csv"),
        "imagenet_sample": ("words", "words", "manifest.csv"),
    }[name]
    rows = _rows(data / name / table)
    judged = _rows(data / name / "duplicates.csv") if (data / name / "duplicates.csv").is_file() else []
    pairs = {(row["path_a"], row["path_b"]): row["judgment"] for row in judged}
    of_pairs = {path for pair in pairs for path in pair}
    step = max(1, len(rows) // n) if n else 1
    rows = [row for place, row in enumerate(rows) if place % step == 0 or row["path"] in of_pairs]
    folder = work / name
    with tarfile.open(data / name / "images.tar") as archive:
        archive.extractall(folder, members=[archive.getmember(row["path"]) for row in rows], filter="data")
    wrong = frozenset(row["path"] for row in rows if row[given] and row[given] != row[true])
    return ImageSet(
        name,
        folder,
        {row["path"]: row[given] for row in rows},
        None if given == true else wrong,
        [pair for pair, judgment in pairs.items() if judgment == "1"],
        [pair for pair, judgment in pairs.items() if judgment == "3"],
        {row["path"]: row["split"] for row in rows} if "split" in rows[0] else {},
    )


def _resized(data: Path, work: Path, n: int) -> ImageSet:
    """``n`` (10,000) photographs of 1,500 to 3,000 px, made from caltech44: beyond its 2,670 they are copies of those before."""
    source = _known(data, work, "caltech44", 0)
    paths, sides = list(source.labels), np.random.default_rng(0).integers(1500, 3001, n or 10_000).tolist()
    labels, wrong, copies = {}, set(), []
    for place, side in enumerate(sides):
        path = paths[place % len(paths)]
        name = path.replace(".", f"-{place // len(paths)}.")
        with Image.open(source.folder / path) as image:
            size = [round(length * side / max(image.size)) for length in image.size]
            (work / "resized" / name).parent.mkdir(parents=True, exist_ok=True)
            image.convert("RGB").resize((size[0], size[1]), Image.Resampling.BICUBIC).save(
                work / "resized" / name, quality=90
            )
        labels[name] = source.labels[path]
        wrong |= {name} if path in (source.wrong or ()) else set()
        copies += [(path.replace(".", "-0."), name)] if place >= len(paths) else []
    return ImageSet("resized", work / "resized", labels, frozenset(wrong), copies)


def _rows(file: Path) -> list[dict[str, str]]:
    with file.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))
