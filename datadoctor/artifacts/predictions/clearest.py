"""Which of several views to look at when only one can be: the one that tells the classes apart best."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

FLOOR = 1e-6  # a given label that a view holds impossible does not decide alone


def clearest(views: Sequence[NDArray[np.float32]], labels: NDArray[np.int32]) -> NDArray[np.float32]:
    """The view under which the given labels are most probable (least cross-entropy), the first of equals.

    ``views``: out-of-sample probabilities (n, K), at least one; ``labels`` (n,) int32, -1 for none.
    """
    rows = np.flatnonzero(labels >= 0)
    at_given = (np.asarray(view[rows, labels[rows]], dtype=np.float64) for view in views)
    entropies = [-np.log(np.maximum(p, FLOOR)).sum() for p in at_given]
    return views[int(np.argmin(entropies))]
