"""Pictures that are no images of the run: seen as its images were, so that the nearest of these can be found."""

from __future__ import annotations

import hashlib
import tempfile
import threading
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datadoctor.comparison.known import eye
from datadoctor.config import runs_code
from datadoctor.errors import DataDoctorError
from datadoctor.flow import Flow
from datadoctor.progress import Silent
from datadoctor.review.similar import Similar
from datadoctor.run import Run
from datadoctor.run.originals import settings_of
from datadoctor.sources.memory import list_memory
from datadoctor.sources.memory.pictures import Given
from datadoctor.stages.embeddings.choice import choose

# Of which the vectors are remembered, so that an address with one can be loaded again.
REMEMBERED = 100


class Dropped:
    """Sees pictures through the eye of a run, one at a time. Safe to use from several threads."""

    def __init__(self, run: Run, similar: Similar) -> None:
        self._run = run
        self._similar = similar
        self._lock = threading.Lock()
        self._seen: dict[str, NDArray[np.float32]] = {}

    def see(self, content: bytes) -> str:
        """Look at the bytes of an image file; returns what it is called from now on.

        Raises ``DataDoctorError`` for what is no image that can be read, and where the run's eye is not here any more.
        """
        name = hashlib.sha256(content).hexdigest()[:16]
        with self._lock:
            if name not in self._seen:
                found = self._vector(content)
                while len(self._seen) >= REMEMBERED:
                    del self._seen[next(iter(self._seen))]
                self._seen[name] = found
        return name

    def nearest(self, name: str, count: int) -> NDArray[np.uint32]:
        """Places of the images nearest to a picture that was looked at, nearest first."""
        if name not in self._seen:
            raise DataDoctorError("this picture was dropped on an earlier review, or long ago: drop it again")
        return self._similar.near(self._similar.vectors, self._seen[name], count)

    def _vector(self, content: bytes) -> NDArray[np.float32]:
        """(1, d), by the stages of an audit with the fits of the run."""
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:  # Windows keeps what is mapped
            folder = Path(name)
            brought = dict.fromkeys(("embeddings", "hierarchy", "answers", "audited"))
            config = settings_of(self._run, out=folder, cache=folder / "cache", **brought)
            flow = Flow(folder, config, Silent(), {**self._fits, "listing": list_memory(Given([content]))})
            if not flow["images"].readable[0]:
                raise DataDoctorError(f"not an image that can be read: {flow['images'].errors[0]}")
            return np.array(flow["embeddings"].vectors, dtype=np.float32)

    @cached_property
    def _fits(self) -> dict[str, Any]:
        """What the images of the run were seen with, and the network itself."""
        model = self._run.summary["settings"]["model"]
        if runs_code(model):
            raise DataDoctorError(f"the images were seen through code, {model}, which only an audit runs")
        fits = dict(eye.of_run(self._run))
        config = settings_of(self._run)
        choice = choose(config.model, config.weights, fits["short_side"], config.device)
        before = self._run.summary["model"]["embeddings"] or ""
        if choice.extractor and not before.startswith(choice.extractor.made_by):
            raise DataDoctorError(f"the images were seen through {before}; here is {choice.extractor.made_by}")
        return fits | {"choice": choice}
