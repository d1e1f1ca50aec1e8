"""How one image lies on another, by the local features of both: matched, then voting for a transform.

A similarity transform (RANSAC, Fischler & Bolles 1981), refined to an affine one: a second shot is seen from elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from datadoctor.stages.duplicates.comparison import LEAST_INLIERS
from datadoctor.stages.duplicates.features import Features

RATIO = 0.8
REPROJECTION = 3.0  # pixels
NEAR = 8.0  # pixels from where the similarity transform puts a point, for the affine one to be fitted to it

Points = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Alignment:
    """``transform`` (2, 3): points of the second image to points of the first. ``from_b``, ``to_a`` (m, 2): the matches that agree.

    ``matches``: of how many.
    """

    transform: NDArray[np.float64]
    from_b: Points
    to_a: Points
    matches: int

    @property
    def scale(self) -> float:
        """The magnification of the second image."""
        return float(np.sqrt(abs(np.linalg.det(self.transform[:, :2]))))

    @property
    def turn(self) -> float:
        """Degrees that the second image is turned clockwise, -180 to 180."""
        (a, b), (c, d) = self.transform[:, :2].tolist()
        return float(np.degrees(np.arctan2(c - b, a + d)))

    @property
    def stretch(self) -> float:
        """How much more in one direction than across it, at least 1."""
        most, least = np.linalg.svd(self.transform[:, :2], compute_uv=False).tolist()
        return float(most / max(least, 1e-9))


def aligned(a: Features, b: Features) -> Alignment | None:
    """How b lies on a; None where fewer than eight matches agree."""
    from_b, to_a = matches(a, b)
    if len(from_b) < LEAST_INLIERS:
        return None
    similarity, agree = cv2.estimateAffinePartial2D(
        from_b, to_a, ransacReprojThreshold=REPROJECTION, maxIters=2000, confidence=0.999
    )
    if similarity is None or int(agree.sum()) < LEAST_INLIERS:
        return None
    near = np.linalg.norm(moved(from_b, similarity.astype(np.float64)) - to_a, axis=1) < NEAR
    affine, agree_too = cv2.estimateAffine2D(
        from_b[near], to_a[near], ransacReprojThreshold=REPROJECTION, maxIters=500, confidence=0.999
    )
    if affine is not None and agree_too.sum() >= agree.sum():
        kept = np.flatnonzero(near)[agree_too[:, 0] > 0]
        return Alignment(affine.astype(np.float64), from_b[kept], to_a[kept], len(from_b))
    kept = np.flatnonzero(agree[:, 0])
    return Alignment(similarity.astype(np.float64), from_b[kept], to_a[kept], len(from_b))


def matches(a: Features, b: Features) -> tuple[Points, Points]:
    """Points of b and of a whose descriptors are nearest to each other both ways, clearly nearer than the next best."""
    if len(a.points) < 4 or len(b.points) < 4:
        return np.zeros((0, 2), np.float32), np.zeros((0, 2), np.float32)
    similarity = b.descriptors @ a.descriptors.T
    best = similarity.argmax(axis=1)
    rows = np.arange(len(best))
    nearest = similarity[rows, best]
    mutual = nearest >= similarity.max(axis=0)[best]
    similarity[rows, best] = -1
    second = similarity.max(axis=1)
    good = np.flatnonzero(mutual & (2 - 2 * nearest < RATIO**2 * (2 - 2 * second)))
    # By place: the strongest first, as features come, would lead the search for a transform to what drawings have in common, their corners.
    good = good[np.lexsort((b.points[good, 1], b.points[good, 0]))]
    return b.points[good], a.points[best[good]]


def moved(points: Points, transform: NDArray[np.float64]) -> NDArray[np.float64]:
    """The points (m, 2) where the transform puts them."""
    there: NDArray[np.float64] = points @ transform[:, :2].T + transform[:, 2]
    return there
