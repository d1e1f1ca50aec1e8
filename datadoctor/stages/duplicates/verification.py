"""Do two images show the same picture? A geometric test on local features, then a photometric one on the overlap.

Matched features vote for a similarity transform (RANSAC, Fischler & Bolles 1981), which is refined to an affine one: a second shot
is seen from elsewhere. One image is warped onto the other, and the overlap compared by normalised cross-correlation in small
windows. Four things speak for one picture: the windows correlate, the matches agree on the transform, much of what can be
matched is, and most corners are found again. Rigid look-alikes (two stop signs, two pianos) agree on a part of the picture; broad
correlation does not tell them apart, because their outlines outweigh everything that differs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from datadoctor.stages.duplicates.changes import UNKNOWN, Changes, changes
from datadoctor.stages.duplicates.features import Features, mirrored, root
from datadoctor.stages.duplicates.photometry import correlation, grey_and_detail, local_correlation
from datadoctor.stages.duplicates.tracking import followed

RATIO = 0.8
REPROJECTION = 3.0  # pixels
NEAR = 8.0  # pixels from where the similarity transform puts a point, for the affine one to be fitted to it
LEAST_INLIERS = 8
MANY_INLIERS = 60
LEAST_LOCAL_OF_MANY = 0.5
# A logistic regression on look-alikes and on real and planted copies of four datasets, weights scaled to that of the local
# correlation and rounded.
OF_SHARE = 0.2
OF_AGREEMENT = 0.7
OF_FOLLOWED = 0.7
ENOUGH = 1.37
LEAST_SHARE = 0.01
FEW_FEATURES = 12
# Of 1,797 written digits no two correlate by more than .996, and no copy with JPEG 50 or at 60 % of its size by less than .999.
EDGE_ON_EDGE = 0.998
LEAST_LOCAL_EDGE_ON_EDGE = 0.97
AT_A_GLANCE = 0.95  # what correlates less when shrunk need not be looked at: shrinking takes away differences


@dataclass(frozen=True, slots=True)
class Comparison:
    """How the second image lies on the first.

    ``inliers``: matches that agree on one transform. ``agreement`` in [0, 1]: their share of all matches. ``share`` in [0, 1]: and
    of the features in the overlap that could be matched, those of the image that has fewer there. ``followed`` in [0, 1]: share of
    the corners that are found again where one transform puts them. ``local`` in [-1, 1]: mean correlation in the small windows that
    have texture in either image. ``correlation`` in [-1, 1] of the whole grey overlap, ``detail`` the same without broad light and
    dark areas. ``overlap_a``, ``overlap_b`` in [0, 1]: share of each image that the other shows. ``mirrored``: the second image had
    to be flipped. ``scale``: its magnification. ``changes``: what differs between the pixels of the overlap, if this is the same
    picture, unknown otherwise.
    """

    inliers: int
    agreement: float
    share: float
    followed: float
    local: float
    correlation: float
    detail: float
    overlap_a: float
    overlap_b: float
    mirrored: bool
    scale: float
    changes: Changes

    @property
    def same(self) -> bool:
        """Whether this is the same picture."""
        if self.inliers == 0:
            return self.correlation >= EDGE_ON_EDGE and self.local >= LEAST_LOCAL_EDGE_ON_EDGE
        if self.inliers >= MANY_INLIERS and self.local >= LEAST_LOCAL_OF_MANY:
            return True
        return self.inliers >= LEAST_INLIERS and self.evidence >= ENOUGH

    @property
    def evidence(self) -> float:
        """How much speaks for one picture: local correlation, followed corners, and how far the matches agree; at most 2.4."""
        matched = OF_SHARE * float(np.log(max(self.share, LEAST_SHARE))) + OF_AGREEMENT * self.agreement
        return self.local + OF_FOLLOWED * self.followed + matched

    @property
    def score(self) -> float:
        """In [0, 1]: larger is more alike; grows with the local correlation and with the number of agreeing matches."""
        if self.inliers == 0:
            return max(self.local * self.correlation, 0.0)
        return float(max(self.local, 0.0) * (1 - np.exp(-self.inliers / 15)))


NOTHING = Comparison(0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, False, 1.0, UNKNOWN)


def compare(a: Features, b: Features) -> Comparison:
    """Compare as they are, then mirrored if that did not show the same picture; the better of both.

    First edge on edge, where whole copies agree but for noise; images with hardly a feature only so, for a few strokes agree on a
    transform by chance. Then the plainer image is laid on the other where features agree, whichever comes first.
    """
    if len(a.points) < len(b.points):
        return _seen_from_the_other(compare(b, a))
    other = mirrored(b)
    whole = _either_way(_edge_on_edge, a, b, other)
    if whole.same or len(b.points) < FEW_FEATURES:
        return whole
    return _either_way(_compare, a, b, other)


def _either_way(by: Callable[..., Comparison], a: Features, b: Features, other: Features) -> Comparison:
    plain = by(a, b, flipped=False)
    return plain if plain.same else max(plain, by(a, other, flipped=True), key=lambda c: (c.same, c.score))


def _seen_from_the_other(found: Comparison) -> Comparison:
    """How the first image lies on the second."""
    return replace(
        found,
        overlap_a=found.overlap_b,
        overlap_b=found.overlap_a,
        scale=1 / found.scale,
        changes=replace(found.changes, brightness=-found.changes.brightness),
    )


def _edge_on_edge(a: Features, b: Features, *, flipped: bool) -> Comparison:
    """With all of one image laid on all of the other; ``NOTHING`` where shapes differ by more than rounding does, or all else."""
    (width, height), (other_width, other_height) = a.size, b.size
    scale_x, scale_y = width / other_width, height / other_height
    if not 0.95 < scale_x / scale_y < 1.05 or _at_a_glance(a, b) < AT_A_GLANCE:
        return NOTHING
    # Pixels are squares, and what is laid on each other are their corners.
    transform = np.array([[scale_x, 0, (scale_x - 1) / 2], [0, scale_y, (scale_y - 1) / 2]])
    return _photometric(a, b, transform, float(np.sqrt(scale_x * scale_y)), (0, 0.0, 0.0), flipped=flipped)


def _at_a_glance(a: Features, b: Features) -> float:
    """Correlation of the shrunken images, in [-1, 1]."""
    return correlation(a.glance.reshape(-1).astype(np.float32), b.glance.reshape(-1).astype(np.float32))


def _compare(a: Features, b: Features, *, flipped: bool) -> Comparison:
    from_b, to_a = _matches(a, b)
    transform, inliers = _transform(from_b, to_a)
    scale = float(np.sqrt(abs(np.linalg.det(transform[:, :2]))))
    # Most candidates end here.
    if inliers < LEAST_INLIERS or not 0.1 < scale < 10:
        return NOTHING
    there, back = transform, cv2.invertAffineTransform(transform).astype(np.float64)
    matchable = min(_n_inside(b.points, there, a.size), _n_inside(a.points, back, b.size))
    share = min(1.0, inliers / max(matchable, 1))
    return _photometric(a, b, transform, scale, (inliers, inliers / len(from_b), share), flipped=flipped)


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


def _transform(from_b: NDArray[np.float32], to_a: NDArray[np.float32]) -> tuple[NDArray[np.float64], int]:
    """The 2 x 3 affine transform of points of b to points of a that most matches agree on, and how many; 0 without one."""
    nothing = np.eye(2, 3), 0
    if len(from_b) < LEAST_INLIERS:
        return nothing
    similarity, agree = cv2.estimateAffinePartial2D(
        from_b, to_a, ransacReprojThreshold=REPROJECTION, maxIters=2000, confidence=0.999
    )
    if similarity is None or int(agree.sum()) < LEAST_INLIERS:
        return nothing
    near = np.linalg.norm(_moved(from_b, similarity.astype(np.float64)) - to_a, axis=1) < NEAR
    affine, agree_too = cv2.estimateAffine2D(
        from_b[near], to_a[near], ransacReprojThreshold=REPROJECTION, maxIters=500, confidence=0.999
    )
    if affine is not None and agree_too.sum() >= agree.sum():
        return affine.astype(np.float64), int(agree_too.sum())
    return similarity.astype(np.float64), int(agree.sum())


def _moved(points: NDArray[np.float32], transform: NDArray[np.float64]) -> NDArray[np.float64]:
    moved: NDArray[np.float64] = points @ transform[:, :2].T + transform[:, 2]
    return moved


def _n_inside(points: NDArray[np.float32], transform: NDArray[np.float64], size: tuple[int, int]) -> int:
    moved = _moved(points, transform)
    return int(((moved >= 0) & (moved < size)).all(axis=1).sum())


def _photometric(
    a: Features,
    b: Features,
    transform: NDArray[np.float64],
    scale: float,
    geometry: tuple[int, float, float],
    *,
    flipped: bool,
) -> Comparison:
    rgb_a, rgb_b = a.rgb, b.rgb
    height, width = rgb_a.shape[:2]
    flags = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    warped = cv2.warpAffine(rgb_b, transform, (width, height), flags=flags).astype(np.uint8)
    whole = np.ones(rgb_b.shape[:2], np.uint8)
    shown = cv2.warpAffine(whole, transform, (width, height), flags=cv2.INTER_NEAREST)
    mask = cv2.erode(shown, np.ones((3, 3), np.uint8)) > 0
    overlap = int(mask.sum())
    if overlap < 64:
        return NOTHING
    # Of enlarged images, what is finer than their own pixels says nothing.
    blur = max(1.0, a.size[0] / a.width, b.size[0] / b.width)
    grey_a, detail_a = grey_and_detail(rgb_a, blur)
    grey_b, detail_b = grey_and_detail(warped, blur)
    inner = cv2.erode(mask.astype(np.uint8), np.ones((9, 9), np.uint8), borderValue=1) > 0
    found = Comparison(
        *geometry,
        followed=followed(detail_a, detail_b, inner, blur) if geometry[0] else 0.0,
        local=local_correlation(detail_a, detail_b, inner, blur),
        correlation=correlation(grey_a[mask], grey_b[mask]),
        detail=correlation(detail_a[inner], detail_b[inner]),
        overlap_a=overlap / (height * width),
        overlap_b=min(1.0, overlap / (whole.size * scale**2)),
        mirrored=flipped,
        scale=scale,
        changes=UNKNOWN,
    )
    # Only of one picture anybody asks what changed.
    if not found.same:
        return found
    return replace(found, changes=changes(rgb_a[mask], warped[mask], grey_a[mask], grey_b[mask]))
