"""Images that show several things: photographs of handwritten digits in a frame, each in a colour; with planted wrong labels."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from sklearn.datasets import load_digits

COLOURS = {
    "blue": (60, 90, 255), "green": (60, 230, 60), "pink": (255, 90, 200), "white": (255, 255, 255), "yellow": (250, 220, 30),
}  # fmt: skip
SLOTS = 4
SIDE = 24
Labels = dict[str, frozenset[str]]


@dataclass(frozen=True)
class Made:
    """A folder of images; ``true`` and ``given`` labels by path; ``wrong``: (path, class) of the planted errors."""

    folder: Path
    true: Labels
    given: Labels

    @property
    def wrong(self) -> set[tuple[str, str]]:
        return {(path, name) for path, labels in self.true.items() for name in labels ^ self.given[path]}


def make(folder: Path, n: int, n_wrong: int, seed: int = 0) -> Made:
    """``n`` images of one to three colours; of ``n_wrong`` every other has a label too many, the others one too few."""
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True)
    true: Labels = {}
    for number in range(n):
        colours = rng.choice(sorted(COLOURS), size=int(rng.integers(1, 4)), replace=False)
        name = f"{number:04d}.png"
        frame([str(colour) for colour in colours], rng).save(folder / name)
        true[name] = frozenset(map(str, colours))
    given = dict(true)
    several = [name for name in sorted(true) if len(true[name]) > 1]
    for place, name in enumerate(rng.choice(several, size=n_wrong, replace=False)):
        away = place % 2 == 1
        one = str(rng.choice(sorted(true[name] if away else COLOURS.keys() - true[name])))
        given[str(name)] = true[name] - {one} if away else true[name] | {one}
    return Made(folder, true, given)


def frame(colours: Sequence[str], rng: np.random.Generator) -> Image.Image:
    """A digit of each colour in a place of its own."""
    digits = load_digits().images / 16
    canvas = rng.uniform(0, 25, (SIDE * 2, SIDE * 2, 3))
    for slot, colour in zip(rng.permutation(SLOTS), colours, strict=False):
        digit = np.kron(digits[int(rng.integers(len(digits)))], np.ones((3, 3)))[:, :, None]
        top, left = slot // 2 * SIDE, slot % 2 * SIDE
        part = canvas[top : top + SIDE, left : left + SIDE]
        part[:] = part * (1 - digit) + digit * np.array(COLOURS[colour])
    return Image.fromarray(canvas.round().astype(np.uint8))


def write_manifest(file: Path, given: Labels, between: str = "|") -> Path:
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["path", "labels", "note"])
        writer.writerows(
            [path, between.join(sorted(labels)), "kept, as it is"] for path, labels in sorted(given.items())
        )
    return file
