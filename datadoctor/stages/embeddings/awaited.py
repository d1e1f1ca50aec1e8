"""A network of which all is known but what it sees: it is loaded, and PyTorch with it, when the first image needs it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from datadoctor.stages.embeddings.extractor import Extractor
from datadoctor.stages.embeddings.facts import Described, Facts
from datadoctor.stages.embeddings.places import Places


class Awaited(Described):
    """An ``Extractor``; see there."""

    def __init__(self, facts: Facts, key: str, batch_size: int, make: Callable[[], Extractor]) -> None:
        """``make``: the extractor whose facts, key and batch size these are."""
        super().__init__(facts, key, batch_size)
        self._make = make

    @cached_property
    def loaded(self) -> Extractor:
        """The network itself."""
        made = self._make()
        # What is in the cache is known by the key: another network must not be looked for there.
        if (made.key, made.batch_size, made.stages, made.views) != (self.key, self.batch_size, self.stages, self.views):
            raise AssertionError(f"{self.made_by} turned out to be another network: {made.key}, not {self.key}")
        return made

    @property
    def runs_in(self) -> str:
        """See ``Extractor``."""
        return self.loaded.runs_in

    def rest(self) -> None:
        """See ``Extractor``."""
        if "loaded" in self.__dict__:
            self.loaded.rest()

    def embed(self, batch: NDArray[np.uint8]) -> NDArray[np.float32]:
        """See ``Extractor``."""
        return self.loaded.embed(batch)

    def embed_views(self, batch: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float16]]:
        """See ``Extractor``."""
        return self.loaded.embed_views(batch)

    def places(self, batch: NDArray[np.uint8]) -> tuple[Places, ...]:
        """See ``Extractor``."""
        return self.loaded.places(batch)

    def fields(self) -> tuple[float, ...]:
        """See ``Extractor``."""
        return self.loaded.fields()
