"""Do two images show the same picture? A geometric test on local features, then a photometric one on the overlap.

Matched features vote for a similarity transform (RANSAC, Fischler & Bolles 1981). One image is warped onto the other, and the
overlap compared by normalised cross-correlation. Rigid look-alikes (two stop signs, two pianos) pass the first test on a part
of the picture and fail the second, or the matched features cover too little of the overlap.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from datadoctor.artifacts.duplicates.features import Features, mirrored, root

RATIO = 0.8
REPROJECTION = 3.0  # pixels
LEAST_INLIERS = 10
MANY_INLIERS = 60
LEAST_DETAIL = 0.7
LEAST_COVERED_DETAIL = 0.55
LEAST_DETAIL_OF_MANY = 0.5
CELLS = 6


@dataclass(frozen=True, slots=True)
class Comparison:
    """How the second image lies on the first.

    ``inliers``: matches that agree on one similarity transform. ``correlation`` in [-1, 1] of the grey overlap. ``overlap_a``,
    ``overlap_b`` in [0, 1]: share of each image that the other shows. ``coverage`` in [0, 1]: share of the overlap's textured
    cells that hold an inlier. ``mirrored``: the second image had to be flipped. ``scale``: its magnification.
    ``detail`` in [-1, 1]: the same correlation without broad light and dark areas, which look-alikes share. ``colour`` in
    [0, 1]: mean difference of the overlap's colours, brightness aside.
    """

    inliers: int
    correlation: float
    detail: float
    overlap_a: float
    overlap_b: float
    coverage: float
    mirrored: bool
    scale: float
    colour: float

    @property
    def same(self) -> bool:
        """Whether this is the same picture."""
        if self.inliers >= MANY_INLIERS:
            return self.detail >= LEAST_DETAIL_OF_MANY
        covered = self.detail * self.coverage
        return self.inliers >= LEAST_INLIERS and self.detail >= LEAST_DETAIL and covered >= LEAST_COVERED_DETAIL

    @property
    def score(self) -> float:
        """In [0, 1): larger is more alike; grows with the correlation of detail and with the number of agreeing matches."""
        return float(max(self.detail, 0.0) * (1 - np.exp(-self.inliers / 15)))


NOTHING = Comparison(0, 0.0, 0.0, 0.0, 0.0, 0.0, False, 1.0, 1.0)


def compare(a: Features, b: Features) -> Comparison:
    """Compare as they are, then mirrored if that did not show the same picture; the better of both."""
    plain = _compare(a, b, flipped=False)
    return plain if plain.same else max(plain, _compare(a, mirrored(b), flipped=True), key=lambda c: (c.same, c.score))


def _compare(a: Features, b: Features, *, flipped: bool) -> Comparison:
    from_b, to_a = _matches(a, b)
    # Most candidates end here: fewer matches than inliers are needed.
    if len(from_b) < LEAST_INLIERS:
        return NOTHING
    transform, agree = cv2.estimateAffinePartial2D(
        from_b, to_a, ransacReprojThreshold=REPROJECTION, maxIters=2000, confidence=0.999
    )
    if transform is None or int(agree.sum()) < LEAST_INLIERS:
        return NOTHING
    scale = float(np.hypot(transform[0, 0], transform[1, 0]))
    if not 0.1 < scale < 10:
        return NOTHING
    inside = agree[:, 0].astype(bool)
    return _photometric(a, b, transform.astype(np.float64), to_a[inside], flipped, scale)


def _matches(a: Features, b: Features) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Points of b and of a whose descriptors are nearest to each other both ways, clearly nearer than the next best."""
    if len(a.points) < 4 or len(b.points) < 4:
        return np.zeros((0, 2), np.float32), np.zeros((0, 2), np.float32)
    similarity = root(b.descriptors) @ root(a.descriptors).T
    best = similarity.argmax(axis=1)
    rows = np.arange(len(best))
    nearest = 2 - 2 * similarity[rows, best]
    mutual = similarity.argmax(axis=0)[best] == rows
    similarity[rows, best] = -1
    second = 2 - 2 * similarity.max(axis=1)
    good = mutual & (nearest < RATIO**2 * second)
    return b.points[good], a.points[best[good]]


def _photometric(
    a: Features, b: Features, transform: NDArray[np.float64], inliers: NDArray[np.float32], flipped: bool, scale: float
) -> Comparison:
    height, width = a.rgb.shape[:2]
    flags = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    warped = cv2.warpAffine(b.rgb, transform, (width, height), flags=flags).astype(np.uint8)
    whole = np.ones(b.rgb.shape[:2], np.uint8)
    mask = (
        cv2.erode(cv2.warpAffine(whole, transform, (width, height), flags=cv2.INTER_NEAREST), np.ones((3, 3), np.uint8))
        > 0
    )
    overlap = int(mask.sum())
    if overlap < 64:
        return NOTHING
    # Of enlarged images, what is finer than their own pixels says nothing.
    blur = max(1.0, a.rgb.shape[1] / a.width, b.rgb.shape[1] / b.width)
    grey_a, detail_a = _grey_and_detail(a.rgb, blur)
    grey_b, detail_b = _grey_and_detail(warped, blur)
    inner = cv2.erode(mask.astype(np.uint8), np.ones((9, 9), np.uint8), borderValue=1) > 0
    return Comparison(
        inliers=len(inliers),
        correlation=_correlation(grey_a[mask], grey_b[mask]),
        detail=_correlation(detail_a[inner], detail_b[inner]),
        overlap_a=overlap / (height * width),
        overlap_b=min(1.0, overlap / (whole.size * scale**2)),
        coverage=_coverage(grey_a, mask, inliers),
        mirrored=flipped,
        scale=scale,
        colour=_colour_difference(a.rgb[mask], warped[mask]),
    )


def _grey_and_detail(rgb: NDArray[np.uint8], blur: float) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """A slightly smoothed grey image, and the same without its broad light and dark areas."""
    grey = cv2.GaussianBlur(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32), (0, 0), blur).astype(np.float32)
    return grey, grey - cv2.GaussianBlur(grey, (0, 0), 6 * blur).astype(np.float32)


def _correlation(x: NDArray[np.float32], y: NDArray[np.float32]) -> float:
    if not x.size:
        return 0.0
    x_centred, y_centred = x - x.mean(), y - y.mean()
    norm = float(np.linalg.norm(x_centred) * np.linalg.norm(y_centred))
    return float(x_centred @ y_centred) / norm if norm > 0 else 0.0


def _coverage(grey: NDArray[np.float32], mask: NDArray[np.bool_], inliers: NDArray[np.float32]) -> float:
    """Share of the textured cells of the overlap, on a grid over the image, in or beside which an inlier lies."""
    height, width = grey.shape
    edges = cv2.morphologyEx(grey, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    texture = cv2.resize(np.where(mask, edges, 0).astype(np.float32), (CELLS, CELLS), interpolation=cv2.INTER_AREA)
    textured = texture > max(4.0, 0.25 * float(texture.max()))
    hit = np.zeros((CELLS, CELLS), np.uint8)
    columns = np.clip(inliers[:, 0] * CELLS / width, 0, CELLS - 1).astype(int)
    hit[np.clip(inliers[:, 1] * CELLS / height, 0, CELLS - 1).astype(int), columns] = 1
    near = cv2.dilate(hit, cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))) > 0
    return float((near & textured).sum() / textured.sum()) if textured.any() else 0.0


def _colour_difference(x: NDArray[np.uint8], y: NDArray[np.uint8]) -> float:
    """Mean absolute difference in [0, 1] of the colours: each pixel's channels minus their mean."""
    x_colour = x.astype(np.float32) - x.mean(axis=1, keepdims=True)
    y_colour = y.astype(np.float32) - y.mean(axis=1, keepdims=True)
    return float(np.abs(x_colour - y_colour).mean() / 255)
