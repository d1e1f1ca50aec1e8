"""How many corners of one image are found again in the other that is laid on it.

A keypoint detector misses half of what it saw once an image is recompressed, so the share of features that match says little of
a pair with few. Corners are instead followed from one image into the other (Lucas & Kanade 1981) and back again (Kalal et al.
2010): in copies most end where one transform puts them, in two shots of like things few do.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from datadoctor.stages.duplicates.photometry import TEXTURE, WINDOW, blurred

CORNERS = 300
QUALITY = 0.02  # of a corner, as a share of the best one's smaller eigenvalue
APART = 2.5  # pixels between two corners, as all that follows in pixels of the smaller image
THERE_AND_BACK = 0.5
REPROJECTION = 1.0
CONTRAST = 42.0  # grey levels a standard deviation: three to either side of the middle grey fit in 8 bits
# Corners that every image is taken to have besides, half of them found again: two of three say less than twenty of thirty.
PRIOR_CORNERS = 8

Points = NDArray[np.float32]


def followed(a: NDArray[np.float32], b: NDArray[np.float32], inside: NDArray[np.bool_], blur: float) -> float:
    """Share in (0, 1) of the corners of the image that has fewer whose way into the other agrees with one affine transform.

    ``a``, ``b`` (h, w) grey levels without broad light and dark areas, of the same places but for a few pixels; ``inside``
    (h, w) where both show something. ``blur``: pixels of these images a pixel of the smaller one. .5 where there is nothing to follow.
    """
    levels_a, levels_b = _equalised(a, inside, blur), _equalised(b, inside, blur)
    corners_a, corners_b = _corners(levels_a, inside, blur), _corners(levels_b, inside, blur)
    from_a, to_b = _tracked(levels_a, levels_b, corners_a, blur)
    from_b, to_a = _tracked(levels_b, levels_a, corners_b, blur)
    agree = _agreeing(np.concatenate([to_b, from_b]), np.concatenate([from_a, to_a]), blur)
    of_a, of_b = int(agree[: len(from_a)].sum()), int(agree[len(from_a) :].sum())
    found, corners = (of_a, len(corners_a)) if len(corners_a) < len(corners_b) else (of_b, len(corners_b))
    return (found + PRIOR_CORNERS / 2) / (corners + PRIOR_CORNERS)


def _equalised(detail: NDArray[np.float32], inside: NDArray[np.bool_], blur: float) -> NDArray[np.uint8]:
    """With the same contrast everywhere that there is texture: following points takes brightness to be constant."""
    seen = np.where(inside, detail, 0).astype(np.float32)
    scaled = seen / np.sqrt(blurred(seen * seen, WINDOW * blur) + TEXTURE)
    return np.asarray(np.clip(128 + CONTRAST * scaled, 0, 255), dtype=np.uint8)


def _corners(levels: NDArray[np.uint8], inside: NDArray[np.bool_], blur: float) -> Points:
    """(m, 2) of the best corners (Shi & Tomasi 1994)."""
    found = cv2.goodFeaturesToTrack(levels, CORNERS, QUALITY, APART * blur, mask=inside.astype(np.uint8), blockSize=5)
    return np.zeros((0, 2), np.float32) if found is None else found.reshape(-1, 2).astype(np.float32)


def _tracked(a: NDArray[np.uint8], b: NDArray[np.uint8], corners: Points, blur: float) -> tuple[Points, Points]:
    """The corners of a that lead to a point of b from which the way back leads to them, and these points."""
    if not len(corners):
        return corners, corners
    side = 2 * round(WINDOW * blur) + 1
    # What is passed for the third argument is where to write, not where to begin.
    there, seen, _ = cv2.calcOpticalFlowPyrLK(a, b, corners, None, winSize=(side, side), maxLevel=0)  # type: ignore[call-overload]
    back, again, _ = cv2.calcOpticalFlowPyrLK(b, a, there, None, winSize=(side, side), maxLevel=0)  # type: ignore[call-overload]
    near = np.linalg.norm(back - corners, axis=1) < THERE_AND_BACK * blur
    kept = near & (seen[:, 0] > 0) & (again[:, 0] > 0)
    return corners[kept], there[kept]


def _agreeing(points_b: Points, points_a: Points, blur: float) -> NDArray[np.bool_]:
    """(m,) which pairs of points the affine transform that most agree on puts on each other."""
    none = np.zeros(len(points_b), dtype=bool)
    if len(points_b) < 4:
        return none
    limit = REPROJECTION * blur
    transform, agree = cv2.estimateAffine2D(
        points_b, points_a, ransacReprojThreshold=limit, maxIters=500, confidence=0.999
    )
    return none if transform is None else np.asarray(agree[:, 0] > 0)
