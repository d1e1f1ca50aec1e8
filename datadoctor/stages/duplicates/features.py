"""Local features of an image: what verification compares, computed once an image.

SIFT (Lowe 2004) on a grey version of bounded size; small images are enlarged, or they would have hardly a keypoint, and dark or pale
ones get the contrast of others. Descriptors are compared as RootSIFT (Arandjelovic & Zisserman 2012).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

LONGEST_SIDE = 256
LEAST_SIDE, SHORTEST_SIDE = 64, 128
KEYPOINTS = 400
GLANCE = 16
OTHER_SHAPE = 1.05  # of width over height: less is rounding
# Grey levels between the darkest and the lightest hundredth: below the first they are spread to the second, by at most that factor.
LITTLE_CONTRAST, ENOUGH_CONTRAST, MOST_GAIN = 64.0, 160.0, 12.0
# Where OpenCV keeps bin (row, column, orientation) of a descriptor. Mirroring reverses rows and orientations. Inverting turns
# all gradients and with them the keypoint by half a circle: rows and columns are reversed.
_BINS = np.arange(128).reshape(4, 4, 8)
MIRRORED_BINS = _BINS[::-1, :, (-np.arange(8)) % 8].reshape(-1)
_INVERTED_BINS = _BINS[::-1, ::-1].reshape(-1)


@dataclass(frozen=True, slots=True)
class Features:
    """``points`` (m, 2) float32 pixel coordinates in ``rgb`` (h, w, 3) uint8; ``descriptors`` (m, 128) uint8 SIFT.

    ``size`` is that of ``rgb`` (w, h); ``pixels`` the image at that size or, where it was enlarged, as it was, ``gain`` times the
    image's own contrast. ``glance`` (16, 16) uint8: mean grey levels of cells. ``width``/``height``: of the original image, in pixels.
    """

    points: NDArray[np.float32]
    descriptors: NDArray[np.uint8]
    pixels: NDArray[np.uint8]
    size: tuple[int, int]
    glance: NDArray[np.uint8]
    width: int
    height: int
    darkest: float = 0.0
    gain: float = 1.0

    @property
    def rgb(self) -> NDArray[np.uint8]:
        """The image at the size that points count in; few pairs come so far that anybody needs it."""
        return enlarged(self.pixels, self.size)

    @property
    def blur(self) -> float:
        """Pixels of ``rgb`` that a pixel of the original image was enlarged to; 1 where it was not."""
        return max(1.0, self.size[0] / self.width, self.size[1] / self.height)

    @property
    def nbytes(self) -> int:
        """Of memory."""
        return self.points.nbytes + self.descriptors.nbytes + self.pixels.nbytes + self.glance.nbytes


def features(pixels: Image.Image) -> Features:
    """Features of an RGB image."""
    known, size, darkest, gain = in_good_light(pixels, LONGEST_SIDE)
    return replace(_of_known(known, size, *pixels.size), darkest=darkest, gain=gain)


def in_good_light(pixels: Image.Image, longest_side: int) -> tuple[NDArray[np.uint8], tuple[int, int], float, float]:
    """The pixels no larger than that, the size at which to look for features, what became black and the gain in contrast."""
    width, height = pixels.size
    scale = min(longest_side / max(width, height), _magnified(min(width, height)))
    size = (max(8, round(width * scale)), max(8, round(height * scale)))
    known = np.asarray(pixels if scale > 1 else pixels.resize(size, Image.Resampling.BOX))
    darkest, gain = _light(known)
    if gain > 1:
        known = np.clip((known - darkest) * gain, 0, 255).astype(np.uint8)
    return known, size, darkest, gain


def stretched(image: Features, size: tuple[int, int]) -> Features:
    """The features of the image drawn out or squashed to that (width, height)."""
    known = np.asarray(Image.fromarray(image.pixels).resize(size, Image.Resampling.BICUBIC))
    return replace(_of_known(known, size, image.width, image.height), darkest=image.darkest, gain=image.gain)


def _of_known(known: NDArray[np.uint8], size: tuple[int, int], width: int, height: int) -> Features:
    grey = cv2.cvtColor(enlarged(known, size), cv2.COLOR_RGB2GRAY)
    sift = cv2.SIFT_create(nfeatures=KEYPOINTS)  # type: ignore[attr-defined]  # missing in OpenCV's stubs
    keypoints, found = sift.detectAndCompute(grey, None)
    points = np.array([keypoint.pt for keypoint in keypoints], dtype=np.float32).reshape(-1, 2)
    descriptors = np.zeros((0, 128), np.uint8) if found is None else found.astype(np.uint8)
    glance = cv2.resize(grey, (GLANCE, GLANCE), interpolation=cv2.INTER_AREA).astype(np.uint8)
    return Features(points, descriptors, known, size, glance, width, height)


def _magnified(side: int) -> float:
    """How far an image of that shorter side is enlarged: to twice its size, to 64 pixels at least, to 128 at most."""
    return max(1.0, min(max(2.0, LEAST_SIDE / side), SHORTEST_SIDE / side))


def _light(rgb: NDArray[np.uint8]) -> tuple[float, float]:
    """Grey level to become black, and the factor for what is above it: 0 and 1 where there is contrast enough, or none at all."""
    darkest, lightest = np.percentile(rgb[::4, ::4], (1, 99)).tolist()
    contrast = lightest - darkest
    if not ENOUGH_CONTRAST / MOST_GAIN <= contrast < LITTLE_CONTRAST:
        return 0.0, 1.0
    return darkest, ENOUGH_CONTRAST / contrast


def mirrored(image: Features) -> Features:
    """The features of the image flipped left to right, without detecting them again."""
    right = image.size[0] - 1
    points = np.stack([right - image.points[:, 0], image.points[:, 1]], axis=1)
    # Only a view: hardly a pair comes so far that anybody looks at the pixels.
    flipped = image.pixels[:, ::-1]
    descriptors, glance = image.descriptors[:, MIRRORED_BINS], image.glance[:, ::-1]
    return replace(image, points=points, descriptors=descriptors, pixels=flipped, glance=glance)


def inverted(image: Features) -> Features:
    """The features of the negative, without detecting them again."""
    descriptors = image.descriptors[:, _INVERTED_BINS]
    return replace(image, descriptors=descriptors, pixels=255 - image.pixels, glance=255 - image.glance)


def enlarged(pixels: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """The pixels at that (width, height)."""
    if pixels.shape[:2] == (size[1], size[0]):
        return np.ascontiguousarray(pixels)
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BICUBIC))


def root(descriptors: NDArray[np.uint8]) -> NDArray[np.float32]:
    """RootSIFT (m, 128) float32 rows of length 1: square roots of the descriptor's shares."""
    shares = descriptors.astype(np.float32)
    shares /= np.maximum(shares.sum(axis=1, keepdims=True), 1)
    return np.sqrt(shares)
