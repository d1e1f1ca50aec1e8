"""A second look at a few images, which keeps where things were seen; the first kept means only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datadoctor import machine
from datadoctor.sources.originals import ImageFile
from datadoctor.stages.dataset.look import Look
from datadoctor.stages.embeddings.extractor import Extractor
from datadoctor.stages.embeddings.filters import Filters
from datadoctor.stages.embeddings.places import Places
from datadoctor.stages.evidence import StageEvidence
from datadoctor.stages.evidence.spread import Spreader

# Images whose maps are held at once: those of all stages of one take a few MB.
AT_ONCE = 16


# An image as a network is shown it (None without one), and as the dataset's own filters are.
Shown = tuple[NDArray[np.uint8] | None, NDArray[np.uint8]]


def shown(
    asked: Sequence[tuple[ImageFile, str]], extractor: Extractor | None, small_side: int, look: Look
) -> list[Shown | None]:
    """Images by where they are and the digest that they had in the audit; None for one that is gone or another one now."""
    from datadoctor.stages.reading.opening import Makers, decode

    def one(of: tuple[ImageFile, str]) -> Shown | None:
        row = decode(of[0], Makers(small_side, extractor, look))
        if row.facts.digest != of[1] or not row.facts.readable:
            return None
        return row.pixels, np.frombuffer(row.small, np.uint8).reshape(small_side, small_side, 3)

    with ThreadPoolExecutor(machine.workers()) as pool:
        return list(pool.map(one, asked))


@dataclass(frozen=True)
class Asked:
    """An image: where it is, the digest that it had in the audit, the fold it was held out in, and k classes."""

    file: ImageFile
    digest: str
    fold: int
    classes: tuple[int, ...]


@dataclass(frozen=True)
class SecondLook:
    """``extractor`` and ``filters`` (either may be missing) look as they did; ``small_side`` and ``look``: how images are shown."""

    extractor: Extractor | None
    filters: Filters | None
    small_side: int
    look: Look
    spreader: Spreader

    def at(self, asked: Sequence[Asked]) -> Iterator[tuple[int, list[StageEvidence]]]:
        """The number of each image that is still as it was, with its evidence, stage by stage."""
        for start in range(0, len(asked), AT_ONCE):
            part = asked[start : start + AT_ONCE]
            images = shown([(one.file, one.digest) for one in part], self.extractor, self.small_side, self.look)
            there = [i for i, one in enumerate(images) if one is not None]
            if there:
                places = self._places([one for one in images if one is not None])
                made = self.spreader.spread(places, [part[i].fold for i in there], [part[i].classes for i in there])
                yield from ((start + i, found) for i, found in zip(there, made, strict=True))

    def _places(self, images: Sequence[Shown]) -> tuple[Places, ...]:
        found: tuple[Places, ...] = ()
        if self.extractor:
            found = self.extractor.places(np.stack([pixels for pixels, _ in images if pixels is not None]))
        if self.filters:
            from datadoctor.stages.embeddings.patches import filter_places

            found = (*found, filter_places(self.filters, np.stack([small for _, small in images])))
        return found
