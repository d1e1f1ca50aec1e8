"""Photos with objects, written in every format of boxes as tools write them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

NAMES = ("cat", "dog", "owl & co")


@dataclass(frozen=True)
class Thing:
    """An object: its class, and left, top, right, bottom in pixels."""

    label: str
    box: tuple[float, float, float, float]


@dataclass(frozen=True)
class Photo:
    """A photo of a split."""

    name: str
    split: str
    things: tuple[Thing, ...]
    size: tuple[int, int] = (160, 120)


def some(n: int = 6) -> list[Photo]:
    """Photos of two splits with one to three objects each."""
    rng = np.random.default_rng(3)
    photos = []
    for number in range(n):
        things = []
        for _ in range(1 + number % 3):
            left, top = int(rng.integers(0, 90)), int(rng.integers(0, 60))
            width, height = int(rng.integers(20, 60)), int(rng.integers(20, 50))
            things.append(Thing(NAMES[int(rng.integers(3))], (left, top, left + width, top + height)))
        photos.append(Photo(f"p{number:03d}.png", "train" if number % 2 else "test", tuple(things)))
    return photos


def _save(file: Path, photo: Photo) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    seed = int.from_bytes(photo.name.encode(), "little") % 2**32
    width, height = photo.size
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(file)


def coco(root: Path, photos: Sequence[Photo]) -> Path:
    """``train/…png`` and ``annotations/instances_train.json``."""
    for photo in photos:
        _save(root / photo.split / photo.name, photo)
    number = 0
    for split in sorted({photo.split for photo in photos}):
        images: list[dict[str, object]] = []
        annotations: list[dict[str, object]] = []
        for photo in (one for one in photos if one.split == split):
            width, height = photo.size
            images.append({"id": len(images), "file_name": photo.name, "width": width, "height": height})
            for thing in photo.things:
                left, top, right, bottom = thing.box
                number += 1
                annotations.append(
                    {
                        "id": number, "image_id": len(images) - 1, "category_id": 7 + NAMES.index(thing.label),
                        "bbox": [left, top, right - left, bottom - top], "iscrowd": 0,
                    }
                )  # fmt: skip
        categories = [{"id": 7 + place, "name": name} for place, name in enumerate(NAMES)]
        document = {"info": {"note": "é"}, "images": images, "annotations": annotations, "categories": categories}
        file = root / "annotations" / f"instances_{split}.json"
        file.parent.mkdir(exist_ok=True)
        file.write_text(json.dumps(document, ensure_ascii=False, indent=1), encoding="utf-8")
    return root


def yolo(root: Path, photos: Sequence[Photo]) -> Path:
    """``data.yaml``, ``images/train/…png``, ``labels/train/…txt``."""
    for photo in photos:
        _save(root / "images" / photo.split / photo.name, photo)
        file = root / "labels" / photo.split / f"{photo.name[:-4]}.txt"
        file.parent.mkdir(parents=True, exist_ok=True)
        lines = [_yolo_line(thing, photo.size) for thing in photo.things]
        file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    names = "".join(f"  {place}: '{name}'\n" for place, name in enumerate(NAMES))
    (root / "data.yaml").write_text(f"train: images/train\nval: images/test\nnames:\n{names}", encoding="utf-8")
    return root


def _yolo_line(thing: Thing, size: tuple[int, int]) -> str:
    (left, top, right, bottom), (width, height) = thing.box, size
    shares = ((left + right) / 2 / width, (top + bottom) / 2 / height, (right - left) / width, (bottom - top) / height)
    return f"{NAMES.index(thing.label)} " + " ".join(f"{share:.6f}" for share in shares)


def voc(root: Path, photos: Sequence[Photo]) -> Path:
    """``JPEGImages/train/…png``, ``Annotations/train/…xml``."""
    for photo in photos:
        _save(root / "JPEGImages" / photo.split / photo.name, photo)
        file = root / "Annotations" / photo.split / f"{photo.name[:-4]}.xml"
        file.parent.mkdir(parents=True, exist_ok=True)
        objects = "".join(map(_voc_object, photo.things))
        width, height = photo.size
        file.write_text(
            f"<annotation>\n\t<filename>{photo.name}</filename>\n\t<size><width>{width}</width><height>{height}</height>"
            f"<depth>3</depth></size>\n{objects}</annotation>\n",
            encoding="utf-8",
        )
    return root


def _voc_object(thing: Thing) -> str:
    edges = "".join(
        f"<{edge}>{value}</{edge}>" for edge, value in zip(("xmin", "ymin", "xmax", "ymax"), thing.box, strict=True)
    )
    return (
        f"\t<object>\n\t\t<name>{thing.label.replace('&', '&amp;')}</name>\n\t\t<bndbox>{edges}</bndbox>\n\t</object>\n"
    )


WRITERS: dict[str, Callable[[Path, Sequence[Photo]], Path]] = {"coco": coco, "yolo": yolo, "voc": voc}
