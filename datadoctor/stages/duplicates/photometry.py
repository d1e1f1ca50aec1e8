"""What two images that lie on each other have in common, by their grey levels."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

WINDOW = 5.0  # standard deviation of a window, in pixels of the smaller image
TEXTURE = 9.0  # variance in grey levels squared from which a window has something to compare; compression makes less


def grey_and_detail(rgb: NDArray[np.uint8], blur: float) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(h, w) grey levels smoothed over ``blur`` pixels, and the same without their broad light and dark areas."""
    grey = cv2.GaussianBlur(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32), (0, 0), blur).astype(np.float32)
    return grey, grey - cv2.GaussianBlur(grey, (0, 0), 6 * blur).astype(np.float32)


def correlation(x: NDArray[np.float32], y: NDArray[np.float32]) -> float:
    """In [-1, 1], of two times m grey levels; 0 where one of them is constant."""
    if not x.size:
        return 0.0
    x_centred, y_centred = x - x.mean(), y - y.mean()
    norm = float(np.linalg.norm(x_centred) * np.linalg.norm(y_centred))
    return float(x_centred @ y_centred) / norm if norm > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Windows:
    """``correlation`` (h, w) of the Gaussian window around each pixel; ``textured`` (h, w): there is something to compare in it."""

    correlation: NDArray[np.float32]
    textured: NDArray[np.bool_]

    @property
    def mean(self) -> float:
        """Mean correlation in [-1, 1] of the windows that have texture in either image; 0 where none has."""
        return float(self.correlation[self.textured].mean()) if self.textured.any() else 0.0


def windows(x: NDArray[np.float32], y: NDArray[np.float32], inside: NDArray[np.bool_], blur: float) -> Windows:
    """Of ``x``, ``y`` (h, w) grey levels, compared ``inside`` (h, w). ``blur``: pixels of these images a pixel of the smaller one."""
    window = WINDOW * blur
    weight = np.maximum(blurred(inside.astype(np.float32), window), 1e-6)
    x, y = np.where(inside, x, 0), np.where(inside, y, 0)
    mean_x, mean_y = blurred(x, window) / weight, blurred(y, window) / weight
    of_x = np.maximum(blurred(x * x, window) / weight - mean_x * mean_x, 0)
    of_y = np.maximum(blurred(y * y, window) / weight - mean_y * mean_y, 0)
    together = blurred(x * y, window) / weight - mean_x * mean_y
    # What is added keeps the noise of a window that is flat in one of the two from counting as its texture.
    norm = np.sqrt((of_x + TEXTURE / 4) * (of_y + TEXTURE / 4))
    return Windows((together / norm).astype(np.float32), inside & (np.maximum(of_x, of_y) > TEXTURE))


def blurred(values: NDArray[np.float32], window: float) -> NDArray[np.float32]:
    """(h, w) or (h, w, channels) means in Gaussian windows of that standard deviation in pixels."""
    return cv2.GaussianBlur(values, (0, 0), window).astype(np.float32)
