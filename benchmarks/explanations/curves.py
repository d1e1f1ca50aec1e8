"""Deletion and insertion (Petsiuk et al. 2018): how fast a class goes, or comes, when places go or come in the order of a map."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from benchmarks.explanations.methods import grey
from benchmarks.explanations.model import Maps, Model
from datadoctor.stages.label_quality.evidence import SIDE

STEPS = 20


def areas(model: Model, pixels: NDArray[np.uint8], number: int, found: Maps) -> tuple[float, float]:
    """The areas under the deletion curve (less is better) and the insertion curve (more is better), each in [0, 1]."""
    side = len(pixels)
    rank = np.empty(SIDE * SIDE)
    rank[np.argsort(-found.ravel(), kind="stable")] = np.arange(SIDE * SIDE)
    edges = np.arange(side) * SIDE // side
    taken = rank.reshape(SIDE, SIDE)[np.ix_(edges, edges)]
    blurred = np.asarray(Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(side / 16)))
    counts = np.linspace(0, SIDE * SIDE, STEPS + 1)
    gone = [(taken < count)[..., np.newaxis] for count in counts]
    deleted = np.stack([np.where(one, grey(pixels), pixels) for one in gone]).astype(np.uint8)
    inserted = np.stack([np.where(one, pixels, blurred) for one in gone])
    p = model.probabilities(np.concatenate([deleted, inserted]))[:, number]
    down, up = p[: STEPS + 1], p[STEPS + 1 :]
    return float(np.trapezoid(down, dx=1 / STEPS)), float(np.trapezoid(up, dx=1 / STEPS))
