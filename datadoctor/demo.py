"""Writes the handwritten digits that come with scikit-learn as a class-folder dataset, some labels changed on purpose.

1,797 real images (Alpaydin and Kaynak, UCI Machine Learning Repository, CC BY 4.0), 8 x 8 pixels, written at 32 x 32. Two in a
hundred are filed under a wrong digit, listed in ``truth.csv``, so that anyone can see what the audit finds and what it misses.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

CHANGED = 36
SIDE = 32


def write_digits(folder: Path, seed: int = 0) -> Path:
    """Write ``folder/digits/<given digit>/NNNN.png`` and ``folder/truth.csv``; returns the dataset's folder."""
    from PIL import Image
    from sklearn.datasets import load_digits

    digits = load_digits()
    rng = np.random.default_rng(seed)
    changed = set(rng.choice(len(digits.target), CHANGED, replace=False).tolist())
    root = folder / "digits"
    with (folder_made(folder) / "truth.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["path", "given_label", "true_label"])
        for number, (pixels, digit) in enumerate(zip(digits.images, digits.target, strict=True)):
            given = int(digit + rng.integers(1, 10)) % 10 if number in changed else int(digit)
            path = f"{given}/{number:04d}.png"
            image = Image.fromarray(np.uint8(255 - pixels * (255 / 16))).resize((SIDE, SIDE), Image.Resampling.BICUBIC)
            image.save(folder_made(root / str(given)) / f"{number:04d}.png")
            writer.writerow([path, given, int(digit)])
    return root


def folder_made(folder: Path) -> Path:
    """The folder, made if it was not there."""
    folder.mkdir(parents=True, exist_ok=True)
    return folder
