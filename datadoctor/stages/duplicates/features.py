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
LEVELS = 512.0  # of a descriptor's entry of 1: none is near it
# Where OpenCV keeps bin (row, column, orientation) of a descriptor. Mirroring reverses rows and orientations. Inverting turns
# all gradients and with them the keypoint by half a circle: rows and columns are reversed.
_BINS = np.arange(128).reshape(4, 4, 8)
_MIRRORED = _BINS[::-1, :, (-np.arange(8)) % 8].reshape(-1)
# Here the second half of the bins are those that change places in a mirror with the first half, one by one.
HALF = 64
_ORDER = np.concatenate([np.arange(HALF), _MIRRORED[:HALF]])
_INVERTED_BINS = np.argsort(_ORDER)[_BINS[::-1, ::-1].reshape(-1)[_ORDER]]


@dataclass(frozen=True, slots=True)
class Features:
    """m local features, the strongest first, of ``rgb`` (h, w, 3) uint8: ``codes`` (m, 128) uint8 and ``frames`` (m, 4) float32.

    A code is 512 times the RootSIFT descriptor, in the order of the bins here; a frame the place in pixels, degrees, and log2 of the size.
    ``size`` is that of ``rgb`` (w, h); ``pixels`` the image at that size or, where it was enlarged, as it was, ``gain`` times the
    image's own contrast. ``glance`` (16, 16) uint8: mean grey levels of cells. ``width``/``height``: of the original image, in pixels.
    """

    codes: NDArray[np.uint8]
    frames: NDArray[np.float32]
    pixels: NDArray[np.uint8]
    size: tuple[int, int]
    glance: NDArray[np.uint8]
    width: int
    height: int
    darkest: float = 0.0
    gain: float = 1.0

    @property
    def points(self) -> NDArray[np.float32]:
        """(m, 2) places of the features."""
        return self.frames[:, :2]

    @property
    def descriptors(self) -> NDArray[np.float32]:
        """(m, 128) RootSIFT: rows of length 1."""
        return self.codes * np.float32(1 / LEVELS)

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
        return self.codes.nbytes + self.frames.nbytes + self.pixels.nbytes + self.glance.nbytes


def features(pixels: Image.Image) -> Features:
    """Features of an RGB image."""
    known, size, darkest, gain = in_good_light(pixels, LONGEST_SIDE)
    return replace(_of_known(known, size, *pixels.size), darkest=darkest, gain=gain)


def in_good_light(pixels: Image.Image, longest_side: int) -> tuple[NDArray[np.uint8], tuple[int, int], float, float]:
    """The pixels no larger than that, the size at which to look for features, what became black and the gain in contrast."""
    size = looked_at(pixels.size, longest_side)
    known = np.asarray(pixels if size[0] > pixels.width else pixels.resize(size, Image.Resampling.BOX))
    darkest, gain = _light(known)
    if gain > 1:
        known = np.clip((known - darkest) * gain, 0, 255).astype(np.uint8)
    return known, size, darkest, gain


def looked_at(size: tuple[int, int], longest_side: int) -> tuple[int, int]:
    """The (width, height) at which an image of that size is looked at: small ones are enlarged."""
    scale = min(longest_side / max(size), _magnified(min(size)))
    return max(8, round(size[0] * scale)), max(8, round(size[1] * scale))


def stretched(image: Features, size: tuple[int, int]) -> Features:
    """The features of the image drawn out or squashed to that (width, height)."""
    known = np.asarray(Image.fromarray(image.pixels).resize(size, Image.Resampling.BICUBIC))
    return replace(_of_known(known, size, image.width, image.height), darkest=image.darkest, gain=image.gain)


def _of_known(known: NDArray[np.uint8], size: tuple[int, int], width: int, height: int) -> Features:
    grey = grey_levels(known, size)
    glance = cv2.resize(grey, (GLANCE, GLANCE), interpolation=cv2.INTER_AREA).astype(np.uint8)
    return Features(*local(grey, KEYPOINTS), known, size, glance, width, height)


def grey_levels(pixels: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """(h, w) of RGB pixels at that (width, height)."""
    return np.asarray(cv2.cvtColor(enlarged(pixels, size), cv2.COLOR_RGB2GRAY), np.uint8)


def local(grey: NDArray[np.uint8], most: int) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """``codes`` and ``frames`` of the strongest features of a grey image, the strongest first."""
    keypoints, found = cv2.SIFT_create(nfeatures=most).detectAndCompute(grey, None)  # type: ignore[attr-defined]  # missing in OpenCV's stubs
    if found is None:
        return np.zeros((0, 128), np.uint8), np.zeros((0, 4), np.float32)
    # OpenCV keeps more than it was asked for where the last are equally strong.
    order = np.argsort([-keypoint.response for keypoint in keypoints], kind="stable")[:most]
    frames = np.array([(*keypoint.pt, keypoint.angle, keypoint.size) for keypoint in keypoints], np.float32)[order]
    frames[:, 3] = np.log2(frames[:, 3])
    shares = found[order][:, _ORDER]
    shares /= np.maximum(shares.sum(axis=1, keepdims=True), 1)
    return np.round(np.sqrt(shares) * LEVELS).clip(0, 255).astype(np.uint8), frames


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
    frames = flipped(image.frames, image.size[0])
    codes = np.concatenate([image.codes[:, HALF:], image.codes[:, :HALF]], axis=1)
    # Only a view: hardly a pair comes so far that anybody looks at the pixels.
    return replace(image, codes=codes, frames=frames, pixels=image.pixels[:, ::-1], glance=image.glance[:, ::-1])


def flipped(frames: NDArray[np.float32], width: NDArray[np.float32] | int) -> NDArray[np.float32]:
    """(…, 4) frames left to right in images of that width, (…,) or one."""
    there = frames.copy()
    there[..., 0] = width - 1 - there[..., 0]
    there[..., 2] = 180 - there[..., 2]
    return there


def inverted(image: Features) -> Features:
    """The features of the negative, without detecting them again."""
    codes = image.codes[:, _INVERTED_BINS]
    return replace(image, codes=codes, pixels=255 - image.pixels, glance=255 - image.glance)


def enlarged(pixels: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """The pixels at that (width, height)."""
    if pixels.shape[:2] == (size[1], size[0]):
        return np.ascontiguousarray(pixels)
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BICUBIC))
