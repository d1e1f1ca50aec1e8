"""Several networks as one extractor: the first one's vectors, and all that they see besides as further views."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from datadoctor.stages.embeddings import Stage
from datadoctor.stages.embeddings.extractor import Extractor
from datadoctor.stages.embeddings.places import Places


class Several:
    """An ``Extractor``; see there. Images come at the largest side; networks with a smaller one are shown them shrunk."""

    def __init__(self, extractors: Sequence[Extractor], names: Sequence[str]) -> None:
        """``names``: different, one an extractor."""
        first, largest = extractors[0], max(extractors, key=lambda one: one.side)
        self._all, self._names = tuple(extractors), tuple(names)
        self.side, self.resampling, self.batch_size = largest.side, largest.resampling, first.batch_size
        self.stages = first.stages
        self.views = _side_by_side(
            [(view.name, view.stop - view.start) for view in first.views]
            + [size for one, name in zip(extractors[1:], names[1:], strict=True) for size in _sizes(one, name)]
        )
        self.view_stages = {name: _named(one.stages, name) for one, name in zip(extractors[1:], names[1:], strict=True)}
        self.made_by, self.computes, self.key = (
            " + ".join(getattr(one, name) for one in extractors) for name in ("made_by", "computes", "key")
        )
        self.weights_sha256 = hashlib.sha256("".join(one.weights_sha256 for one in extractors).encode()).hexdigest()

    @property
    def runs_in(self) -> str:
        """See ``Extractor``."""
        return "; ".join(dict.fromkeys(one.runs_in for one in self._all))

    def rest(self) -> None:
        """See ``Extractor``."""
        for one in self._all:
            one.rest()

    def embed(self, batch: NDArray[np.uint8]) -> NDArray[np.float32]:
        """See ``Extractor``."""
        return self._all[0].embed(self._shown(batch, self._all[0].side))

    def embed_views(self, batch: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float16]]:
        """See ``Extractor``; the views are the first one's, then vectors and views of each other."""
        made = [one.embed_views(self._shown(batch, one.side)) for one in self._all]
        others = [part for vectors, views in made[1:] for part in (vectors.astype(np.float16), views)]
        return made[0][0], np.concatenate([made[0][1], *others], axis=1)

    def places(self, batch: NDArray[np.uint8]) -> tuple[Places, ...]:
        """See ``Extractor``."""
        found = list(self._all[0].places(self._shown(batch, self._all[0].side)))
        for name, one in zip(self._names[1:], self._all[1:], strict=True):
            for place in one.places(self._shown(batch, one.side)):
                view, stage = (f"{name}, {place.view}",) * 2 if place.view else (name, f"{name} {place.stage}")
                found.append(replace(place, view=view, stage=stage))
        return tuple(found)

    def fields(self) -> tuple[float, ...]:
        """See ``Extractor``."""
        return self._all[0].fields()

    def _shown(self, batch: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
        if side == self.side:
            return batch
        import torch

        images = torch.from_numpy(batch).permute(0, 3, 1, 2).float()
        smaller = torch.nn.functional.interpolate(images, (side, side), mode="bicubic", antialias=True)
        shown: NDArray[np.uint8] = smaller.round().clamp(0, 255).to(torch.uint8).permute(0, 2, 3, 1).numpy()
        return np.ascontiguousarray(shown)


def _sizes(extractor: Extractor, name: str) -> list[tuple[str, int]]:
    """Columns of each view of a further network, by its name."""
    views = [(f"{name}, {view.name}", view.stop - view.start) for view in extractor.views]
    return [(name, extractor.stages[-1].stop), *views]


def _named(stages: Sequence[Stage], network: str) -> tuple[Stage, ...]:
    """The stages by names that no other network's have."""
    return tuple(Stage(f"{network} {stage.name}", stage.start, stage.stop) for stage in stages)


def _side_by_side(sizes: Sequence[tuple[str, int]]) -> tuple[Stage, ...]:
    ends = accumulate(size for _, size in sizes)
    return tuple(Stage(name, end - size, end) for (name, size), end in zip(sizes, ends, strict=True))
