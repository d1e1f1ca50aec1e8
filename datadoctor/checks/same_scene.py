"""One scene with different things in it: another garment on the same carpet, another frame of one drive. No duplicates.

Two images agree so far that they would be one picture, but for a coherent region that shows something else: not other light, not a
crop, not lettering or a logo. Their labels may differ, and nothing need be removed; but they come from one session, and sessions that
span splits make a test easier than it should be. One finding a scene. The score is the number of its images over that of the
dataset.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from datadoctor.checks import check, item
from datadoctor.findings import Finding, Severity
from datadoctor.stages.dataset import Dataset
from datadoctor.stages.duplicates import DuplicatePairs

SHOWN = 20


@check("One scene, different things")
def find(dataset: Dataset, duplicates: DuplicatePairs) -> Iterator[Finding]:
    """Yield the scenes, largest first."""
    scene = duplicates.scene_of(len(dataset))
    first, sizes = np.unique(scene, return_counts=True)
    for number, size in sorted(zip(first.tolist(), sizes.tolist(), strict=True), key=lambda pair: (-pair[1], pair[0])):
        if size < 2:
            return
        rows = np.flatnonzero(scene == number).tolist()
        splits = sorted({dataset.splits[row] for row in rows})
        across = f", in {' and '.join(name or '(none)' for name in splits)}" if len(splits) > 1 else ""
        yield Finding(
            check="same-scene",
            severity=Severity.INFO,
            score=size / len(dataset),
            message=f"{size} pictures of one scene with different things in it{across}.",
            items=tuple(item(dataset, row) for row in rows[:SHOWN]),
            labels=tuple(sorted({dataset.label_name(row) for row in rows})),
            suggestion="Keep them; if they were taken in one session, give them one group, so that no split parts it.",
            evidence={"images": size, "splits": len(splits)},
        )
