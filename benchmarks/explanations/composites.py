"""Images of two halves: the left of one class, the right of another, so where each class is is known exactly."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image

from datadoctor.run.maps.looking import Looker
from datadoctor.run.originals import originals
from datadoctor.sources.originals import content_of
from datadoctor.stages.reading.images import shown


@dataclass(frozen=True)
class Composite:
    """``pixels`` (side, side, 3) uint8; the class of the left and of the right half; their fold, the same for both."""

    pixels: NDArray[np.uint8]
    left: int
    right: int
    fold: int


def halved(image: Image.Image, width: int, height: int) -> Image.Image:
    """The middle of an image at this size, nothing squashed."""
    scale = max(width / image.width, height / image.height)
    large = image.resize((max(round(image.width * scale), width), max(round(image.height * scale), height)))
    x, y = (large.width - width) // 2, (large.height - height) // 2
    return large.crop((x, y, x + width, y + height))


def joined(left: Image.Image, right: Image.Image, side: int, share: float = 0.5) -> Image.Image:
    """Two images side by side as a square, the left with a share of its width."""
    page, edge = Image.new("RGB", (side, side)), round(share * side)
    page.paste(halved(left, edge, side), (0, 0))
    page.paste(halved(right, side - edge, side), (edge, 0))
    return page


def composites(looker: Looker, n: int, side: int, seed: int = 0) -> Iterator[Composite]:
    """Of pairs of images that the audit judged right and surely so, drawn by chance."""
    run = looker.run
    classes = list(run.summary["dataset"]["class_counts"])
    items = run.items
    sure = items[items["judged"] & ~items["flagged"] & (items["self_confidence"] > 0.8)]
    open_ = originals(run)
    random = np.random.default_rng(seed)
    for _ in range(n):
        fold = int(random.choice(sure["fold"].unique()))
        of_fold = sure[sure["fold"] == fold]
        while True:
            pair = of_fold.iloc[random.choice(len(of_fold), 2, replace=False)]
            if pair["given_label"].nunique() == 2:
                break
        left, right = (shown(content_of(open_(path)), looker.shown_by, 0) for path in pair["path"])
        first, second = (classes.index(label) for label in pair["given_label"])
        yield Composite(np.array(joined(left, right, side)), first, second, fold)


def sure_images(looker: Looker, n: int, side: int, seed: int = 0) -> Iterator[tuple[NDArray[np.uint8], int, int]]:
    """Images (side, side, 3) that the audit judged right, with class and fold, drawn by chance."""
    run = looker.run
    classes = list(run.summary["dataset"]["class_counts"])
    items: pd.DataFrame = run.items[run.items["judged"] & ~run.items["flagged"]]
    for item in items.sample(n, random_state=seed).to_dict("records"):
        image = shown(content_of(originals(run)(item["path"])), looker.shown_by, 0)
        pixels = np.array(image.resize((side, side), Image.Resampling.BICUBIC))
        yield pixels, classes.index(item["given_label"]), int(item["fold"])
