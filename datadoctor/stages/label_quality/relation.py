"""Given against suggested class in the tree: where the errors lie, and where the models confuse classes by themselves.

Far disagreement is not always error: on curated sets near ones are more often real, on careless crowds far ones. So the mass
of errors (nu) and that of the models' confusion (mu) are estimated for each level, and their ratio is the expected precision
there.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from datadoctor.stages.hierarchy import RELATIONS, Hierarchy


def levels(
    hierarchy: Hierarchy,
    given: NDArray[np.int32],
    predicted: NDArray[np.int32],
    p_mislabel: NDArray[np.float32],
    flagged: NDArray[np.bool_],
) -> dict[str, dict[str, float]]:
    """Flags, error mass and confusion mass at each level, over m items; ``predicted`` (m,) int32 without the label."""
    code = hierarchy.relations(given, predicted)
    result = {}
    for index, relation in enumerate(RELATIONS):
        if index == 0:
            continue  # the same class: no disagreement
        here = code == index
        errors = float(p_mislabel[here].sum(dtype=np.float64))
        called = flagged & here
        precision = float(p_mislabel[called].mean(dtype=np.float64)) if called.any() else 0.0
        confusions = float(here.sum()) - errors
        result[str(relation)] = {
            "flagged": int(called.sum()),
            "errors": errors,
            "confusions": confusions,
            "precision": precision,
        }
    return result
