"""The maps that an audit made of its worst images, as the run kept them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from datadoctor.run import Run

if TYPE_CHECKING:
    from datadoctor.stages.label_quality.evidence import Evidence


def kept(run: Run) -> Evidence | None:
    """None where the run made none, or they are not as it made them: the pages then show none."""
    from datadoctor.flow.keeping import Keeper
    from datadoctor.stages.label_quality.evidence import SIDE, Evidence

    found = Keeper(run.path / "artifacts" / "stages").latest("evidence_maps", Evidence)
    if not isinstance(found, Evidence) or not all(isinstance(one, np.ndarray) for one in (found.rows, found.maps)):
        return None
    n = len(found.rows)
    sound = (
        found.rows.shape == (n,)
        and len(found.digests) == n
        and found.rows.dtype.kind == "i"
        and np.shape(found.classes) == (n, 2)
        and found.maps.shape == (n, 2, SIDE, SIDE)
        and found.maps.dtype.kind == "f"
        and bool(np.isfinite(found.maps).all())
        and isinstance(found.share, float)
        and all(isinstance(name, str) for name in found.without)
    )
    return found if sound else None
