"""What changed between two aligned views of one picture, pixel by pixel; only names the difference, decides nothing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

STRONG = 40.0  # grey levels
HARDLY_ANY_COLOUR = 0.004
SOME_COLOUR = 0.01


@dataclass(frozen=True, slots=True)
class Changes:
    """``colour`` in [0, 1]: mean difference of the colours, brightness aside. ``greyed``: one has colours and the other none.

    ``brightness`` in [-1, 1]: mean difference of the grey levels, positive where the second is lighter. ``edited`` in [0, 1]: share of
    the pixels whose grey levels differ strongly, brightness and contrast aside.
    """

    colour: float
    greyed: bool
    brightness: float
    edited: float


UNKNOWN = Changes(1.0, False, 0.0, 1.0)


def changes(
    rgb_a: NDArray[np.floating], rgb_b: NDArray[np.floating], grey_a: NDArray[np.float32], grey_b: NDArray[np.float32]
) -> Changes:
    """Between the m pixels that both show: ``rgb`` (m, 3) in [0, 255], ``grey`` (m,) in [0, 255]."""
    colour_a, colour_b = _colour(rgb_a), _colour(rgb_b)
    has_least, has_most = sorted((float(np.abs(colour_a).mean()), float(np.abs(colour_b).mean())))
    a, b = grey_a - grey_a.mean(), grey_b - grey_b.mean()
    gain = float(a @ b) / max(float(b @ b), 1e-6)
    return Changes(
        colour=float(np.abs(colour_a - colour_b).mean()),
        greyed=has_least < HARDLY_ANY_COLOUR and has_most > SOME_COLOUR,
        brightness=float(grey_b.mean() - grey_a.mean()) / 255,
        edited=float((np.abs(gain * b - a) > STRONG).mean()),
    )


def _colour(rgb: NDArray[np.floating]) -> NDArray[np.float32]:
    """Each pixel's channels minus their mean, in [-1, 1]."""
    shares = rgb.astype(np.float32) / 255
    return shares @ (np.eye(3, dtype=np.float32) - np.float32(1 / 3))
