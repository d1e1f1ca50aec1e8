"""A cheap look at many pairs at once: which of them can be one picture at all.

Of each image a sketch is kept: few local features of a small version, their descriptors in 8 bits. The matches of two images that show
one picture agree one by one on where, how turned and how large the one lies on the other (Lowe 2004); those of others are
scattered. Nothing here decides that two images are the same: what passes is verified.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from datadoctor.stages.duplicates.features import (
    HALF,
    LEVELS,
    OTHER_SHAPE,
    Features,
    features,
    flipped,
    grey_levels,
    in_good_light,
    local,
    looked_at,
)
from datadoctor.stages.duplicates.features import LONGEST_SIDE as THOROUGH_SIDE
from datadoctor.stages.duplicates.photometry import WINDOW, windows
from datadoctor.stages.duplicates.regions import AGREES

LONGEST_SIDE = 144
KEYPOINTS = 96
SCALE = np.float32(0.5**0.5 / LEVELS)
THUMB, GLANCE = 48, 16
RATIO = 0.85
# By how much two matches may differ: degrees, octaves, and of where the one puts the other's point: pixels, and share of how far it is.
TURN, MAGNIFICATION, OFF, OFF_BY_DISTANCE = 30.0, 0.7, 4.0, 0.2
MOST_MATCHES = 48
AGREEING = 3  # matches
# Of caltech44's 162 pairs of one picture 160 have .45 of the texture alike where the matches put it, of 293 other candidates 24, and
# of 210 planted copies 209; a part alone that agrees has more matches than others.
ALIKE, OF_MATCHES = 0.45, 1 / 60
# Whole copies at a glance, mirrored or not; squashed or negatives; and of images with hardly a feature.
WHOLE, OTHERWISE, HARDLY_A_FEATURE, OF_FEW = 0.985, 0.9, 16, 0.95
THUMB_WINDOW, LEAST_TEXTURE = 2.5, 20  # pixels of a thumb
PAIRS_AT_ONCE = 64


@dataclass(frozen=True, slots=True)
class Sketch:
    """k <= 96 features: ``codes`` (k, 128) uint8 and ``frames`` (k, 4) float32 as in ``Features``.

    ``thumb`` (48, 48) uint8: grey levels, squashed to a square. ``size``: (width, height) that places count in. ``features``: all of
    them, of images so small that these are looked for in the same pixels.
    """

    codes: NDArray[np.uint8]
    frames: NDArray[np.float32]
    thumb: NDArray[np.uint8]
    size: tuple[int, int]
    features: Features | None = None

    @property
    def nbytes(self) -> int:
        """Of memory."""
        own = 0 if self.features else self.codes.nbytes + self.frames.nbytes
        return own + self.thumb.nbytes + (self.features.nbytes if self.features else 0)


def sketch(pixels: Image.Image) -> Sketch:
    """The sketch of an RGB image."""
    size = looked_at(pixels.size, LONGEST_SIDE)
    if size == looked_at(pixels.size, THOROUGH_SIDE):
        found = features(pixels)
        thumb = _thumb(grey_levels(found.pixels, size))
        return Sketch(found.codes[:KEYPOINTS], found.frames[:KEYPOINTS], thumb, size, found)
    grey = grey_levels(in_good_light(pixels, LONGEST_SIDE)[0], size)
    return Sketch(*local(grey, KEYPOINTS), _thumb(grey), size)


def _thumb(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return cv2.resize(grey, (THUMB, THUMB), interpolation=cv2.INTER_AREA).astype(np.uint8)


def may_be_one_picture(a: Sequence[Sketch], b: Sequence[Sketch]) -> NDArray[np.bool_]:
    """(m,) of each pair of sketches, whether it is worth verifying."""
    if not a:
        return np.zeros(0, bool)
    first, second = _stacked(a), _stacked(b)
    even = second.even @ first.even.transpose(0, 2, 1)
    odd = second.odd @ first.odd.transpose(0, 2, 1)
    as_they_are, mirrored = _by_matches(first, second, even + odd), _by_matches(first, _flipped(second), even - odd)
    return _at_a_glance(first, second) | as_they_are | mirrored


@dataclass(frozen=True, slots=True)
class _Stack:
    """The sketches of m images, ``n`` (m,) features each: ``frames`` (m, k, 4), ``thumbs`` (m, 48, 48), ``sizes`` (m, 2).

    ``even``, ``odd`` (m, k, 64): of each descriptor what stays when the image is mirrored, and what changes its sign. The product
    of two descriptors is the sum of those of the two parts, and with the second image mirrored their difference.
    """

    even: NDArray[np.float32]
    odd: NDArray[np.float32]
    frames: NDArray[np.float32]
    thumbs: NDArray[np.float32]
    n: NDArray[np.int64]
    sizes: NDArray[np.float32]


def _stacked(sketches: Sequence[Sketch]) -> _Stack:
    n = np.array([len(one.codes) for one in sketches])
    k = max(2, int(n.max()))
    codes, frames = np.zeros((len(sketches), k, 128), np.uint8), np.zeros((len(sketches), k, 4), np.float32)
    for place, one in enumerate(sketches):
        codes[place, : n[place]], frames[place, : n[place]] = one.codes, one.frames
    there, back = (half.astype(np.float32) for half in (codes[..., :HALF], codes[..., HALF:]))
    even, odd = there + back, there - back
    even *= SCALE
    odd *= SCALE
    thumbs = np.stack([one.thumb for one in sketches]).astype(np.float32)
    return _Stack(even, odd, frames, thumbs, n, np.array([one.size for one in sketches], np.float32))


def _flipped(images: _Stack) -> _Stack:
    """Left to right."""
    frames = flipped(images.frames, images.sizes[:, :1])
    return replace(images, odd=-images.odd, frames=frames, thumbs=images.thumbs[..., ::-1])


def _at_a_glance(a: _Stack, b: _Stack) -> NDArray[np.bool_]:
    x, y = _cells(a.thumbs), _cells(b.thumbs)
    ways = np.stack([np.einsum("ijk,ijk->i", x, y), np.einsum("ijk,ijk->i", x, y[..., ::-1])])
    most, least = ways.max(axis=0), ways.min(axis=0)
    shapes = (a.sizes[:, 0] / a.sizes[:, 1]) / (b.sizes[:, 0] / b.sizes[:, 1])
    other_shape = np.abs(np.log(shapes)) > np.log(OTHER_SHAPE)
    few = np.minimum(a.n, b.n) < HARDLY_A_FEATURE
    passed: NDArray[np.bool_] = (
        (most >= WHOLE) | (least <= -OTHERWISE) | (other_shape & (most >= OTHERWISE)) | (few & (most >= OF_FEW))
    )
    return passed


def _cells(thumbs: NDArray[np.float32]) -> NDArray[np.float32]:
    """(m, 16, 16) means, of mean 0 and length 1."""
    step = THUMB // GLANCE
    cells = thumbs.reshape(-1, GLANCE, step, GLANCE, step).mean(axis=(2, 4))
    cells -= cells.mean(axis=(1, 2), keepdims=True)
    lengths = np.linalg.norm(cells, axis=(1, 2), keepdims=True)
    scaled: NDArray[np.float32] = cells / np.maximum(lengths, 1e-3)
    return scaled


def _by_matches(a: _Stack, b: _Stack, similarity: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Enough matches that agree, and texture that is alike where they put it. ``similarity`` (m, k, k'): of b's features and a's."""
    passed = np.zeros(len(a.n), bool)
    pair, of_a, of_b = _matches(similarity)
    # Each pair's matches in a row of their own, as many as the most have.
    place = np.arange(len(pair)) - np.searchsorted(pair, pair)
    kept = place < MOST_MATCHES
    pair, of_a, of_b, place = pair[kept], of_a[kept], of_b[kept], place[kept]
    if not len(pair):
        return passed
    known = np.zeros((len(a.n), int(place.max()) + 1), bool)
    there, here = np.zeros((2, *known.shape, 4), np.float32)
    known[pair, place], there[pair, place], here[pair, place] = True, a.frames[pair, of_a], b.frames[pair, of_b]
    agree = _agree(there, here) & known[:, :, None] & known[:, None, :]
    most = agree.sum(axis=2)
    votes = most.max(axis=1)
    some = np.flatnonzero(votes >= AGREEING)
    if len(some):
        with_most = agree[some, most[some].argmax(axis=1)]
        how = _similarity(_complex(there[some]), _complex(here[some]), with_most)
        alike = _texture_alike(a.thumbs[some], b.thumbs[some], a.sizes[some], b.sizes[some], *how)
        passed[some] = alike + OF_MATCHES * votes[some] >= ALIKE
    return passed


def _complex(frames: NDArray[np.float32]) -> NDArray[np.complex64]:
    """Places as complex numbers, so that turning and magnifying is a product."""
    return np.asarray(frames[..., 0] + 1j * frames[..., 1], np.complex64)


def _similarity(
    to: NDArray[np.complex64], of: NDArray[np.complex64], where: NDArray[np.bool_]
) -> tuple[NDArray[np.complex64], NDArray[np.complex64]]:
    """(m,) factors and (m,) sums that take the places ``of`` to the places ``to``, by least squares over those ``where``."""
    n = where.sum(axis=1, keepdims=True)
    middle_to, middle_of = (np.where(where, places, 0).sum(axis=1, keepdims=True) / n for places in (to, of))
    x, y = np.where(where, to - middle_to, 0), np.where(where, of - middle_of, 0)
    factor = (x * np.conj(y)).sum(axis=1) / np.maximum((np.abs(y) ** 2).sum(axis=1), 1e-6)
    factor = np.where(np.abs(factor) < 0.05, 0.05, factor)
    return factor.astype(np.complex64), (middle_to[:, 0] - factor * middle_of[:, 0]).astype(np.complex64)


def _texture_alike(
    a: NDArray[np.float32],
    b: NDArray[np.float32],
    sizes_a: NDArray[np.float32],
    sizes_b: NDArray[np.float32],
    factor: NDArray[np.complex64],
    plus: NDArray[np.complex64],
) -> NDArray[np.float32]:
    """(m,) share of the small windows of a thumb with texture that correlate with those of the other laid on it."""
    found = np.ones(len(a), np.float32)
    grid = (np.arange(THUMB, dtype=np.float32) + 0.5) / THUMB
    for place in range(len(a)):
        at = (grid[None, :] * sizes_a[place, 0] + 1j * grid[:, None] * sizes_a[place, 1] - plus[place]) / factor[place]
        x, y = ((part / size).astype(np.float32) for part, size in zip((at.real, at.imag), sizes_b[place], strict=True))
        inside = (x > 0) & (x < 1) & (y > 0) & (y < 1)
        laid = cv2.remap(b[place], x * THUMB - 0.5, y * THUMB - 0.5, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        seen = windows(a[place], laid.astype(np.float32), inside, THUMB_WINDOW / WINDOW)
        if seen.textured.sum() > LEAST_TEXTURE:
            found[place] = (seen.correlation[seen.textured] > AGREES).mean()
    return found


def _agree(there: NDArray[np.float32], here: NDArray[np.float32]) -> NDArray[np.bool_]:
    """(pairs, m, m): whether the transform that takes the one keypoint to its match takes the other one to its own."""
    turn, by = (there - here)[..., 2], (there - here)[..., 3]
    same_turn = np.abs((turn[:, :, None] - turn[:, None, :] + 180) % 360 - 180) < TURN
    same_size = np.abs(by[:, :, None] - by[:, None, :]) < MAGNIFICATION
    at_a, at_b = _complex(there), _complex(here)
    how = np.exp2(by) * np.exp(1j * np.deg2rad(turn))
    away_a, away_b = (at[:, None, :] - at[:, :, None] for at in (at_a, at_b))
    off = np.abs(how[:, :, None] * away_b - away_a)
    return np.asarray(same_turn & same_size & (off < OFF + OFF_BY_DISTANCE * np.abs(away_a)))


def _matches(
    similarity: NDArray[np.float32],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Of all pairs: which pair, which feature of a and which of b, sorted by pair."""
    best = similarity.argmax(axis=2)
    nearest = np.take_along_axis(similarity, best[..., None], axis=2)[..., 0]
    mutual = nearest >= np.take_along_axis(similarity.max(axis=1), best, axis=1)
    np.put_along_axis(similarity, best[..., None], -1, axis=2)
    good = mutual & (nearest > 0.5) & (1 - nearest < RATIO**2 * (1 - similarity.max(axis=2)))
    pair, of_b = np.nonzero(good)
    return pair, best[pair, of_b], of_b
