"""Images that fit a text, where the network that looked at them was trained with captions."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from datadoctor.config import SEVERAL
from datadoctor.errors import DataDoctorError
from datadoctor.review.similar import Similar
from datadoctor.run import Run
from datadoctor.run.originals import settings_of

if TYPE_CHECKING:
    from datadoctor.stages.embeddings.text import TextTower

MOST_CHARACTERS = 1_000


class Words:
    """Finds images by text. Safe to use from several threads."""

    def __init__(self, run: Run, similar: Similar) -> None:
        self._run = run
        self._similar = similar
        self._lock = threading.Lock()

    @property
    def space(self) -> Mapping[str, Any] | None:
        """Where the run has its images beside text: see ``stages.embeddings.text.space_of``; None where nothing reads text."""
        found: Mapping[str, Any] | None = self._run.summary["model"].get("text_space")
        return found

    def nearest(self, text: str, count: int) -> NDArray[np.uint32]:
        """Places of the images that fit a text best, best first.

        Raises ``DataDoctorError`` where no network of the run reads text, or its weights are not here any more.
        """
        from datadoctor.stages.embeddings.text import vector_of

        if not text.strip() or len(text) > MOST_CHARACTERS:
            raise DataDoctorError(f"a text of at most {MOST_CHARACTERS:,} characters")
        with self._lock:
            vector = vector_of(text.strip(), self._tower)
            return self._similar.near(self._vectors, vector, count)

    @cached_property
    def _vectors(self) -> NDArray[np.generic]:
        """(n, e) the images beside text."""
        assert self.space is not None
        first, last = self.space["columns"]
        return self._run.array("views")[:, first:last]

    @cached_property
    def _tower(self) -> TextTower:
        from datadoctor.stages.embeddings.text import tower_of

        if self.space is None:
            raise DataDoctorError(
                "no network of this run reads text: audit with `--model open_clip/…`, or `hf/…` of SigLIP or CLIP"
            )
        config = settings_of(self._run)
        first = config.model.split(SEVERAL)[0]
        return tower_of(self.space["model"], config.weights if self.space["model"] == first else None)
