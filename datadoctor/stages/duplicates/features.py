"""Local features of an image: what verification compares, computed once an image.

SIFT (Lowe 2004) on a grey version of bounded size; small images are enlarged, or they would have hardly a keypoint.
Descriptors are compared as RootSIFT (Arandjelovic & Zisserman 2012).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

LONGEST_SIDE = 256
SHORTEST_SIDE = 128
KEYPOINTS = 400
GLANCE = 16
# Where OpenCV keeps bin (row, column, orientation) of a descriptor; mirroring reverses rows and orientations.
_BINS = np.arange(128).reshape(4, 4, 8)
_MIRRORED_BINS = _BINS[::-1, :, (-np.arange(8)) % 8].reshape(-1)


@dataclass(frozen=True, slots=True)
class Features:
    """``points`` (m, 2) float32 pixel coordinates in ``rgb`` (h, w, 3) uint8; ``descriptors`` (m, 128) uint8 SIFT.

    ``size`` is that of ``rgb`` (w, h); ``pixels`` the image at that size or, where it was enlarged, as it was.
    ``glance`` (16, 16) uint8: mean grey levels of cells. ``width``/``height``: of the original image, in pixels.
    """

    points: NDArray[np.float32]
    descriptors: NDArray[np.uint8]
    pixels: NDArray[np.uint8]
    size: tuple[int, int]
    glance: NDArray[np.uint8]
    width: int
    height: int

    @property
    def rgb(self) -> NDArray[np.uint8]:
        """The image at the size that points count in; few pairs come so far that anybody needs it."""
        return _enlarged(self.pixels, self.size)

    @property
    def nbytes(self) -> int:
        """Of memory."""
        return self.points.nbytes + self.descriptors.nbytes + self.pixels.nbytes + self.glance.nbytes


def features(pixels: Image.Image) -> Features:
    """Features of an RGB image."""
    width, height = pixels.size
    scale = min(LONGEST_SIDE / max(width, height), max(1.0, SHORTEST_SIDE / min(width, height)))
    size = (max(8, round(width * scale)), max(8, round(height * scale)))
    known = np.asarray(pixels if scale > 1 else pixels.resize(size, Image.Resampling.BOX))
    grey = cv2.cvtColor(_enlarged(known, size), cv2.COLOR_RGB2GRAY)
    sift = cv2.SIFT_create(nfeatures=KEYPOINTS)  # type: ignore[attr-defined]  # missing in OpenCV's stubs
    keypoints, found = sift.detectAndCompute(grey, None)
    points = np.array([keypoint.pt for keypoint in keypoints], dtype=np.float32).reshape(-1, 2)
    descriptors = np.zeros((0, 128), np.uint8) if found is None else found.astype(np.uint8)
    glance = cv2.resize(grey, (GLANCE, GLANCE), interpolation=cv2.INTER_AREA).astype(np.uint8)
    return Features(points, descriptors, known, size, glance, width, height)


def mirrored(image: Features) -> Features:
    """The features of the image flipped left to right, without detecting them again."""
    right = image.size[0] - 1
    points = np.stack([right - image.points[:, 0], image.points[:, 1]], axis=1)
    # Only a view: hardly a pair comes so far that anybody looks at the pixels.
    flipped = image.pixels[:, ::-1]
    descriptors, glance = image.descriptors[:, _MIRRORED_BINS], image.glance[:, ::-1]
    return Features(points, descriptors, flipped, image.size, glance, image.width, image.height)


def _enlarged(pixels: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    if pixels.shape[:2] == (size[1], size[0]):
        return np.ascontiguousarray(pixels)
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BICUBIC))


def root(descriptors: NDArray[np.uint8]) -> NDArray[np.float32]:
    """RootSIFT (m, 128) float32 rows of length 1: square roots of the descriptor's shares."""
    shares = descriptors.astype(np.float32)
    shares /= np.maximum(shares.sum(axis=1, keepdims=True), 1)
    return np.sqrt(shares)
