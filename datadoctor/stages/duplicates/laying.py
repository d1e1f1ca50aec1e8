"""How well shrunken images agree when one is laid on the other: at the best shift, mirrored or not, the one or the other magnified.

Compared is what is fine, at equal contrast everywhere: broad light and dark areas are alike in many pictures. All shifts at once are one
product of spectra (the cross-correlation theorem), of thousands of pairs in a call.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from datadoctor.stages.duplicates.workers import workers

SIDE = 32
MAGNIFIED = (1.15, 1.3)
# Standard deviations in cells of 32 x 32: of what is too fine, of what is too broad, and of the window in which contrast is made equal.
TOO_FINE, TOO_BROAD, AROUND = 0.7, 2.0, 3.0
NOISE = 9.0  # variance in grey levels squared
LEVELS = 400.0  # of a map of length 1: few cells have more than 127 of them
IMAGES_AT_ONCE, PAIRS_AT_ONCE, TRANSFORMS_AT_ONCE = 2048, 16384, 1024
_MIRRORED = (-np.arange(SIDE)) % SIDE

Spectra = NDArray[np.complex64]


@dataclass(frozen=True, slots=True)
class Maps:
    """``plain`` (n, 32, 32) int8: the fine structure of each image; ``magnified`` (m, n, 32, 32) int8: of its middle."""

    plain: NDArray[np.int8]
    magnified: NDArray[np.int8]


def maps(small: NDArray[np.uint8]) -> Maps:
    """Of images (n, s, s, 3) shrunk to a square."""
    steps = [_resampled(small.shape[1], by) for by in (1.0, *MAGNIFIED)]
    made = np.empty((len(steps), len(small), SIDE, SIDE), np.int8)

    def make(start: int) -> None:
        here = slice(start, start + IMAGES_AT_ONCE)
        # Grey as most formats weigh the channels (ITU-R BT.601).
        grey = small[here].astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)
        for number, step in enumerate(steps):
            made[number, here] = _structure(grey, step)

    with workers() as pool:
        list(pool.map(make, range(0, len(small), IMAGES_AT_ONCE)))
    return Maps(made[0], made[1:])


def laid(pairs: NDArray[np.int32], first: Maps, second: Maps, *, magnified: bool) -> NDArray[np.float32]:
    """(c,) correlation in [-1, 1] of the ``first`` image of each of (c, 2) pairs and the ``second``, where that is best.

    ``magnified``: one of the two by each factor, instead of both as they are.
    """
    found = np.empty(len(pairs), np.float32)

    def look(start: int) -> None:
        here = pairs[start : start + PAIRS_AT_ONCE]
        found[start : start + PAIRS_AT_ONCE] = _best(here, list(_ways(first, second, magnified=magnified)))

    with workers() as pool:
        list(pool.map(look, range(0, len(pairs), PAIRS_AT_ONCE)))
    return found


def _ways(first: Maps, second: Maps, *, magnified: bool) -> Iterator[tuple[NDArray[np.int8], NDArray[np.int8]]]:
    if not magnified:
        yield first.plain, second.plain
        return
    for number in range(len(MAGNIFIED)):
        yield first.plain, second.magnified[number]
        yield first.magnified[number], second.plain


def _best(pairs: NDArray[np.int32], ways: list[tuple[NDArray[np.int8], NDArray[np.int8]]]) -> NDArray[np.float32]:
    (rows_a, of_a), (rows_b, of_b) = (np.unique(column, return_inverse=True) for column in pairs.T)
    best = np.full(len(pairs), -1, np.float32)
    for maps_a, maps_b in ways:
        a, b = _spectra(maps_a[rows_a]), _spectra(maps_b[rows_b])
        # Mirrored, a spectrum is its conjugate with the rows reversed, but for a shift.
        for other in (np.conj(b), b[:, _MIRRORED]):
            for start in range(0, len(pairs), TRANSFORMS_AT_ONCE):
                here = slice(start, start + TRANSFORMS_AT_ONCE)
                best[here] = np.maximum(best[here], _at_best_shift(a[of_a[here]], other[of_b[here]]))
    return best


def _at_best_shift(a: Spectra, b: Spectra) -> NDArray[np.float32]:
    from scipy.fft import irfft2

    a *= b
    best: NDArray[np.float32] = irfft2(a, s=(SIDE, SIDE), overwrite_x=True).reshape(len(a), -1).max(axis=1)
    return best


def _spectra(some: NDArray[np.int8]) -> Spectra:
    from scipy.fft import rfft2

    return np.asarray(rfft2(some.astype(np.float32) / LEVELS), np.complex64)


def _structure(grey: NDArray[np.float32], step: NDArray[np.float32]) -> NDArray[np.int8]:
    """(m, 32, 32) of grey images (m, s, s), resampled by ``step`` (32, s): faded to the edges, which a shift wraps around."""
    fine = _along_both(grey, _smoothed(TOO_FINE) @ step) - _along_both(grey, _smoothed(TOO_BROAD) @ step)
    fine /= np.sqrt(_along_both(fine * fine, _smoothed(AROUND)) + np.float32(NOISE))
    fade = np.hanning(SIDE + 2)[1:-1].astype(np.float32)
    fine *= np.outer(fade, fade).astype(np.float32)
    fine -= fine.mean(axis=(1, 2), keepdims=True)
    fine /= np.maximum(np.linalg.norm(fine, axis=(1, 2), keepdims=True), 0.1)
    return np.clip(np.round(fine * LEVELS), -127, 127).astype(np.int8)


def _along_both(images: NDArray[np.float32], step: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(step @ images @ step.T, dtype=np.float32)


def _resampled(side: int, magnified: float) -> NDArray[np.float32]:
    """(32, side) what shrinks a column to 32 cells, its middle magnified."""
    how = cv2.INTER_AREA if side > SIDE else cv2.INTER_LINEAR
    shrunk = cv2.resize(np.eye(side, dtype=np.float32), (side, SIDE), interpolation=how)
    by = np.array([[1, 0, 0], [0, magnified, (1 - magnified) * (SIDE - 1) / 2]])
    grown = cv2.warpAffine(np.eye(SIDE, dtype=np.float32), by, (SIDE, SIDE), borderMode=cv2.BORDER_REFLECT)
    return (grown @ shrunk).astype(np.float32)


def _smoothed(deviation: float) -> NDArray[np.float32]:
    """(32, 32) what smooths a column in Gaussian windows."""
    reach = 2 * int(np.ceil(4 * deviation)) + 1
    return cv2.GaussianBlur(np.eye(SIDE, dtype=np.float32), (1, reach), deviation, sigmaY=deviation).astype(np.float32)
