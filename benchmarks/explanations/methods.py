"""Maps by looking at many changed copies of an image: occlusion and RISE; and chance."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from benchmarks.explanations.model import Maps, Model
from datadoctor.stages.evidence.spread import on_grid
from datadoctor.stages.label_quality.evidence import SIDE

# Occlusion: squares of a fifth of the side, moved by a tenth.
SQUARE, STEP = 0.2, 0.1
# RISE: masks of 7 x 7 cells, each kept with probability a half.
CELLS, KEPT = 7, 0.5


def occlusion(model: Model, pixels: NDArray[np.uint8], number: int) -> Maps:
    """Zeiler & Fergus 2014: how far the logit falls when a grey square covers a place, averaged over the squares that cover it."""
    side = len(pixels)
    size, step = round(SQUARE * side), round(STEP * side)
    corners = [(y, x) for y in range(0, side - size + 1, step) for x in range(0, side - size + 1, step)]
    changed = np.repeat(pixels[np.newaxis], len(corners), axis=0)
    for one, (y, x) in zip(changed, corners, strict=True):
        one[y : y + size, x : x + size] = grey(pixels)
    before, after = model.logits(pixels[np.newaxis])[0, number], model.logits(changed)[:, number]
    total, times = np.zeros((side, side)), np.full((side, side), 1e-9)
    for fall, (y, x) in zip((before - after).tolist(), corners, strict=True):
        total[y : y + size, x : x + size] += fall
        times[y : y + size, x : x + size] += 1
    return np.asarray(on_grid((total / times)[np.newaxis])[0])


def rise(model: Model, pixels: NDArray[np.uint8], number: int, n_masks: int, seed: int = 0) -> Maps:
    """Petsiuk, Das & Saenko 2018: the mean of random masks, each weighted by the probability of the class under it."""
    random, side = np.random.default_rng(seed), len(pixels)
    masks = np.stack([_mask(random, side) for _ in range(n_masks)])
    p = np.concatenate(
        [
            model.probabilities(np.rint(pixels * part[..., np.newaxis]).astype(np.uint8))[:, number]
            for part in np.array_split(masks, max(n_masks // 64, 1))
        ]
    )
    return np.asarray(on_grid(np.tensordot(p, masks, axes=1)[np.newaxis] / (n_masks * KEPT))[0])


def _mask(random: np.random.Generator, side: int) -> NDArray[np.float32]:
    """(side, side) 0 to 1: a coarse mask enlarged smoothly, from a random corner."""
    from PIL import Image

    cell = -(-side // CELLS)
    coarse = (random.random((CELLS + 1, CELLS + 1)) < KEPT).astype(np.float32)
    large = np.asarray(Image.fromarray(coarse).resize(((CELLS + 1) * cell,) * 2, Image.Resampling.BILINEAR))
    y, x = random.integers(0, cell, 2)
    return large[y : y + side, x : x + side]


def chance(seed: int) -> Maps:
    """A random map."""
    return np.random.default_rng(seed).normal(size=(SIDE, SIDE))


def grey(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(3,) the mean colour of an image."""
    return np.asarray(np.rint(pixels.mean(axis=(0, 1))), dtype=np.uint8)
