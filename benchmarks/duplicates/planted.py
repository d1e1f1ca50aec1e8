"""Planted truth, pair by pair: `python -m benchmarks.duplicates.planted FOLDER [--n 24] [--small FOLDER]`.

Of n photographs and n drawings (images with one flat colour) of FOLDER and n small images: how many copies are found under each
change, with something laid over, with the object on another ground, and how many pairs of one ground with other objects are taken for
one picture. Verification alone: that a pair becomes a candidate is measured by `python -m benchmarks.duplicates --plant`.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.duplicates.changes import CHANGES
from benchmarks.duplicates.scenes import (
    HOWS,
    OVERLAYS,
    SIZES,
    flatness,
    moved_object,
    other_ground,
    other_objects,
    texture,
)
from datadoctor.stages.duplicates.features import features
from datadoctor.stages.duplicates.verification import compare

FLAT = 0.35
SUFFIXES = (".jpg", ".jpeg", ".png")
Picture = Image.Image
Pairs = Iterator[tuple[str, Picture, Picture]]


def files_in(folder: Path, seed: int) -> list[Path]:
    files = sorted(p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES)
    return [files[i] for i in np.random.default_rng(seed).permutation(len(files)).tolist()]


def opened(files: Sequence[Path], n: int, wanted: Callable[[Picture], bool]) -> list[Picture]:
    found: list[Picture] = []
    for file in files:
        image = Image.open(file).convert("RGB")
        if wanted(image):
            found.append(image)
        if len(found) == n:
            break
    return found


def changed(images: Sequence[Picture], rng: np.random.Generator) -> Pairs:
    for number, image in enumerate(images):
        other = images[(number + 1) % len(images)]
        for name, change in CHANGES.items():
            yield name, image, change(image, rng, other)


def laid_over(images: Sequence[Picture], rng: np.random.Generator) -> Pairs:
    for image in images:
        for name, overlay in OVERLAYS.items():
            yield f"under {name}", image, overlay(image, rng)


def one_object(images: Sequence[Picture], rng: np.random.Generator) -> Pairs:
    n = len(images)
    for number, image in enumerate(images):
        for share in SIZES[1:]:
            one, two = (images[(number + step) % n].resize(image.size) for step in (1, 2))
            yield f"{share:.0%} of it on another ground", *other_ground(one, two, image, share, rng)


def one_ground(images: Sequence[Picture], rng: np.random.Generator) -> Pairs:
    """Every second ground is a carpet."""
    n = len(images)
    for number, image in enumerate(images):
        ground = texture(image, rng) if number % 2 else image
        one, two = images[(number + 1) % n], images[(number + 3) % n]
        for share in SIZES:
            for how in HOWS:
                yield f"other object {share:.0%}", *other_objects(ground, one, two, share, how, rng)
            yield "object moved", *moved_object(ground, one, share / 2, rng)


def under_one_overlay(images: Sequence[Picture], rng: np.random.Generator) -> Pairs:
    for number, image in enumerate(images):
        other = images[(number + 1) % len(images)].resize(image.size)
        for overlay in OVERLAYS.values():
            seed = int(rng.integers(1 << 30))
            first, second = (overlay(x, np.random.default_rng(seed)) for x in (image, other))
            yield "two under one overlay", first, second


KINDS: dict[str, Callable[[Sequence[Picture], np.random.Generator], Pairs]] = {
    "the same": changed,
    "the same ": laid_over,
    "the same  ": one_object,
    "different": one_ground,
    "different ": under_one_overlay,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--small", type=Path)
    parser.add_argument("--n", type=int, default=24)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    files = files_in(arguments.folder, arguments.seed)
    sets = {
        "photos": opened(files, arguments.n, lambda image: flatness(image) < FLAT),
        "drawings": opened(files, arguments.n, lambda image: flatness(image) >= FLAT),
    }
    if arguments.small:
        sets["small"] = opened(files_in(arguments.small, arguments.seed), arguments.n, lambda image: True)
    start, cpu = time.perf_counter(), time.process_time()
    counts: dict[tuple[str, str], dict[str, list[bool]]] = {}
    for kind, pairs in KINDS.items():
        for name, images in sets.items():
            if kind.startswith("different") and name == "small":
                continue
            for what, a, b in pairs(images, np.random.default_rng(arguments.seed)):
                same = compare(features(a), features(b)).same
                counts.setdefault((kind.strip(), what), {}).setdefault(name, []).append(same)
    print(f"{'taken for one picture':<44}" + "".join(f"{name:>12}" for name in sets))
    for (kind, what), found in counts.items():
        columns = "".join(f"{f'{sum(found[name])}/{len(found[name])}' if name in found else '':>12}" for name in sets)
        print(f"{kind:<12}{what:<32}{columns}")
    print(f"{time.perf_counter() - start:.0f} s, {time.process_time() - cpu:.0f} s of processor time")


if __name__ == "__main__":
    main()
