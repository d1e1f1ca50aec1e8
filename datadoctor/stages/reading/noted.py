"""The facts of all images as columns, while they are read: an object an image would take most of the memory of many images."""

from __future__ import annotations

import sys
from array import array

import numpy as np

from datadoctor.stages.dataset import Images
from datadoctor.stages.dataset.look import Look
from datadoctor.stages.reading.opening import Facts
from datadoctor.stages.reading.quality import COLUMNS


class Noted:
    """Facts of images in the order of the listing."""

    def __init__(self) -> None:
        self._errors: list[str] = []
        self._warnings: list[str] = []
        self._modes: list[str] = []
        self._digests: list[str] = []
        self._pixel_digests: list[str] = []
        self._numbers = tuple(array("q") for _ in range(4))
        self._quality = {name: array("f") for name in COLUMNS}

    def add(self, facts: Facts) -> None:
        """Note the next image."""
        # Of few values, which are kept once.
        self._errors.append(sys.intern(facts.error))
        self._warnings.append(sys.intern(facts.warning))
        self._modes.append(sys.intern(facts.mode))
        self._digests.append(facts.digest)
        self._pixel_digests.append(facts.pixel_digest)
        numbers = (facts.readable, facts.width, facts.height, facts.file_size)
        for column, number in zip(self._numbers, numbers, strict=True):
            column.append(number)
        for name, values in self._quality.items():
            values.append(facts.quality.get(name, np.nan))

    def images(self, look: Look) -> Images:
        """What was noted, as stages take it."""
        readable, widths, heights, file_sizes = self._numbers
        return Images(
            readable=np.array(readable, dtype=np.bool_),
            errors=tuple(self._errors),
            warnings=tuple(self._warnings),
            digests=tuple(self._digests),
            pixel_digests=tuple(self._pixel_digests),
            widths=np.array(widths, dtype=np.int32),
            heights=np.array(heights, dtype=np.int32),
            file_sizes=np.array(file_sizes, dtype=np.int64),
            modes=tuple(self._modes),
            quality={name: np.array(values, dtype=np.float32) for name, values in self._quality.items()},
            look=look,
        )
