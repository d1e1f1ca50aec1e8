"""For which few reasons the flagged images of a run look like another class, as the audit kept it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from datadoctor.run import Run

if TYPE_CHECKING:
    from datadoctor.stages.interpretations import Interpretations

# Boundaries that words name: those that cut off most.
NAMED = 3


@dataclass(frozen=True)
class Reason:
    """Flagged images between the same boundaries: the same views put the same classes first, and none there is decided otherwise.

    ``given``, ``suggested``: classes as the files say them. ``paths``: first the exemplar, then the others, most similar to it first.
    ``counters``: near it, but decided otherwise, nearest first. ``alike``: images rightly given the suggested class that lie there, too.
    ``boundaries``: view, the class that it puts first, and the one behind; in the order in which they cut off most.
    """

    given: str
    suggested: str
    paths: tuple[str, ...]
    counters: tuple[str, ...]
    alike: int
    boundaries: tuple[tuple[str, str, str], ...]

    def sentence(self, called: Callable[[str], str] = str) -> str:
        """What it says in one sentence; ``called``: what people call a class."""
        given, suggested, n = called(self.given), called(self.suggested), len(self.paths)
        if n == 1:
            return f"The only {given!r} that looks like {suggested!r} for its reason."
        return f"{n:,} {given!r} look like {suggested!r} for the same reason; {self.paths[0]} stands for them."

    def why(self, called: Callable[[str], str] = str) -> str:
        """The boundaries in words."""
        named = [f"{view}: {called(first)} before {called(second)}" for view, first, second in self.boundaries[:NAMED]]
        more = len(self.boundaries) - len(named)
        return "; ".join(named) + (f"; and {more} more" if more > 0 else "")


def reasons(run: Run) -> tuple[Reason, ...] | None:
    """The reasons of a run, most images first; None where it kept none, or not as an audit wrote it."""
    from datadoctor.flow.keeping import Keeper
    from datadoctor.stages.interpretations import Interpretations

    found = Keeper(run.path / "artifacts" / "stages").latest("interpretations", Interpretations)
    if not isinstance(found, Interpretations):
        return None
    try:
        return tuple(_of(found, run))
    except (IndexError, KeyError, TypeError, ValueError, AttributeError):
        return None


def _paths(run: Run, rows: NDArray[np.int64]) -> dict[int, str]:
    """The path of each of some rows, none for -1."""
    items = run.items[["row", "path"]]
    named = items[items["row"].isin(rows[rows >= 0])]
    return dict(zip(named["row"].tolist(), named["path"].tolist(), strict=True))


def _of(found: Interpretations, run: Run) -> Iterator[Reason]:
    path_of = _paths(run, np.unique(np.concatenate([found.rows, found.counters.ravel()])))
    classes = list(run.summary["dataset"]["class_counts"])
    views = found.views
    for i in range(len(found)):
        rows = found.rows[found.starts[i] : found.starts[i + 1]]
        boundaries = np.asarray(found.boundaries[found.ends[i] : found.ends[i + 1]])
        yield Reason(
            given=classes[found.given[i]],
            suggested=classes[found.suggested[i]],
            paths=tuple(path_of[row] for row in rows.tolist()),
            counters=tuple(path_of[row] for row in found.counters[i].tolist() if row >= 0),
            alike=int(found.alike[i]),
            boundaries=tuple(
                (views[view], classes[first], classes[second]) for view, first, second in boundaries.tolist()
            ),
        )
