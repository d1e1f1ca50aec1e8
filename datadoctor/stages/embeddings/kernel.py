"""How alike images are in what an eye sees, as columns in which a linear model is a model of that likeness: Nyström's method.

The likeness of two images is exp(-d / 2): d is the squared distance of what the eye sees of them, columns scaled to variance 1, each
view of the eye by the median among the landmarks, and averaged over the views. Landmarks are images of the dataset. With L the
Cholesky factor of the landmarks' own likenesses, an image's columns are L⁻¹ times its likeness to each of them, so that products of
columns are the likeness itself as far as the landmarks span it (Williams & Seeger 2001, NIPS 13).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from datadoctor.arrays import RowWriter
from datadoctor.stages.embeddings import Landmarks

# More change little and take longer; measured in docs/decisions/mislabels.md.
MOST_LANDMARKS = 2000
ROWS_AT_ONCE = 4096
# A wrong label misleads about its few neighbours: with fewer images of most classes the errors are ranked no better.
ENOUGH_OF_A_CLASS = 200
# Added to the landmarks' likeness to themselves, 1: two of them may be the same.
JITTER = 1e-4
# Columns that only hold rounding noise say nothing.
SMALLEST_SPREAD = 1e-5

Vectors = NDArray[np.float32] | NDArray[np.float16]


def landmark_rows(pixel_digests: Sequence[str]) -> NDArray[np.int64]:
    """The rows of the images that are landmarks: drawn by what they show, so their order and names do not matter; no copies."""
    first: dict[str, int] = {}
    for row, digest in enumerate(pixel_digests):
        first.setdefault(digest, row)
    return np.array([first[digest] for digest in sorted(first)[:MOST_LANDMARKS]], dtype=np.int64)


def enough(labels: NDArray[np.int32], n_classes: int) -> bool:
    """Whether half of the classes or more have images enough to be told by what is alike; ``labels`` (n,), -1 for none."""
    counts = np.bincount(labels[labels >= 0], minlength=max(n_classes, 1))
    return bool(np.median(counts) >= ENOUGH_OF_A_CLASS)


def fit(views: Sequence[Vectors], rows: NDArray[np.int64], device: str = "cpu") -> Landmarks:
    """The landmarks ``rows`` of an eye's ``views``, (n, d_i) each, n >= 1."""
    scales, points = [], []
    for view in views:
        spread = _spread(view)
        scale = np.where(spread > SMALLEST_SPREAD * spread.max(initial=0), 1 / np.maximum(spread, 1e-30), 0.0)
        seen = torch.from_numpy(view[rows].astype(np.float32) * scale.astype(np.float32)).to(device)
        shrink = (len(views) * _median(seen)) ** -0.5
        scales.append(scale * shrink)
        points.append(seen * shrink)
    every = torch.cat(points, dim=1)
    likeness = _likeness(every, every).double() + JITTER * torch.eye(len(rows), dtype=torch.float64, device=device)
    factor = torch.linalg.cholesky(likeness).float()
    return Landmarks(np.concatenate(scales).astype(np.float32), every.cpu().numpy(), factor.cpu().numpy())


def columns(landmarks: Landmarks, views: Sequence[Vectors], file: Path, device: str = "cpu") -> NDArray[np.float16]:
    """(n, m) float16, rows no longer than 1: the columns of n images; written to ``file`` and memory-mapped."""
    n, m = len(views[0]), len(landmarks.points)
    writer = RowWriter(file, (m,), np.float16)
    scales, points, factor = (
        torch.from_numpy(np.array(one)).to(device) for one in (landmarks.scales, landmarks.points, landmarks.factor)
    )
    for start in range(0, n, ROWS_AT_ONCE):
        part = np.concatenate([view[start : start + ROWS_AT_ONCE].astype(np.float32) for view in views], axis=1)
        likeness = _likeness(torch.from_numpy(part).to(device) * scales, points)
        made = torch.linalg.solve_triangular(factor, likeness.T, upper=False).T.half().contiguous().cpu().numpy()
        for row, values in enumerate(made, start):
            writer.put(row, values.tobytes())
    found: NDArray[np.float16] = writer.finish(n)
    return found


def _likeness(a: Tensor, b: Tensor) -> Tensor:
    """(n, m) float32 in (0, 1], of scaled rows (n, d) and (m, d)."""
    distance = torch.addmm((a * a).sum(1)[:, None] + (b * b).sum(1), a, b.T, alpha=-2)
    return distance.clamp_min_(0).mul_(-0.5).exp_()


def _median(rows: Tensor) -> float:
    """The median squared distance of different rows; 1 where most are the same."""
    if len(rows) < 2:
        return 1.0
    found = float(torch.pdist(rows).square().median())
    return found if found > 0 else 1.0


def _spread(view: Vectors) -> NDArray[np.float64]:
    """(d,) standard deviation of the columns."""
    total, squares = np.zeros(view.shape[1]), np.zeros(view.shape[1])
    for start in range(0, len(view), ROWS_AT_ONCE):
        x = view[start : start + ROWS_AT_ONCE].astype(np.float64)
        total += x.sum(axis=0)
        squares += (x * x).sum(axis=0)
    mean = total / len(view)
    return np.asarray(np.sqrt(np.maximum(squares / len(view) - mean**2, 0)))
