"""Where an image speaks for its labels: maps of one image of a run, and those that the audit made of its worst."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from datadoctor.run import Run

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from datadoctor.stages.evidence import StageEvidence


@dataclass(frozen=True)
class Maps:
    """Where the image at ``path`` speaks for its labels, in logits: how far a class exceeds the mean of all classes.

    ``given`` and ``suggested``: class names; where the given label is the most probable, ``suggested`` is the next class. ``image``
    (h, w, 3) uint8 RGB, as the audit saw it before it squashed it to a square. ``for_given``, ``for_suggested`` (SIDE, SIDE) float64: what
    each place of that square adds, positive for the class, 0 as a place of an average image; all views as the pool weighs them.
    ``elsewhere``: what has no place, of both. So ``for_given.sum() + elsewhere[0]`` is the given class's logit, and the difference of the
    two sums is what the views, neighbours left out, give the suggested class over the given one.
    ``stages``: the part of each stage of each view at its own size, not weighted; ``weights``: of the views. ``share`` of
    the pool's weight, in (0, 1], is in the maps; ``without``: the views that were heard and have no place.
    """

    path: str
    given: str
    suggested: str
    image: NDArray[np.uint8]
    for_given: NDArray[np.float64]
    for_suggested: NDArray[np.float64]
    elsewhere: tuple[float, float]
    stages: tuple[StageEvidence, ...]
    weights: dict[str, float]
    share: float = 1.0
    without: tuple[str, ...] = ()

    @property
    def difference(self) -> NDArray[np.float64]:
        """(SIDE, SIDE): positive where the image speaks for the suggested label rather than for the given one."""
        return self.for_suggested - self.for_given


def what_is_left_out(share: float, without: tuple[str, ...]) -> str:
    """In words, '' where all that was heard is in the maps."""
    return f"{share:.0%} of what judged the label; without a place: {', '.join(without)}" if without else ""


def maps(run: Run | Path | str, path: str) -> Maps:
    """Where an image of a run speaks for its given and for its suggested label: see ``Maps``.

    ``run``: an audit, or the directory it wrote; ``path``: of the image, relative to the audited folder.
    Raises ``DataDoctorError`` for a run or image that is not there, ``IncompleteError`` where there can be no maps.
    """
    from datadoctor.run.maps.looking import Looker

    return Looker(run if isinstance(run, Run) else Run(Path(run))).maps(path)
