"""Whether the dataset's own filters are worth looking through at all images: asked of a sample, where images are many.

They help beside a weak network and on pictures unlike its training. Where everything else already says what they say, to look
through them and to fit probes on what they see would be most of a large audit, for nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from datadoctor.stages.label_quality import fusion
from datadoctor.stages.predictions import folds, probe

Vectors = NDArray[np.float32] | NDArray[np.float16]
# So many images, or this share of them if that is more, tell whether a view adds anything.
FEWEST, SHARE = 2_000, 1 / 20
MOST = 20_000
# Asking costs about as much an image as looking: of fewer images it would not pay.
LEAST_TIMES = 10


def sample_size(n: int) -> int:
    """How many of n labelled images are asked; 0 where asking would not pay."""
    size = min(MOST, max(FEWEST, int(n * SHARE)))
    return size if n >= LEAST_TIMES * FEWEST else 0


def adds(
    filtered: NDArray[np.float32],
    others: Sequence[Vectors],
    brought: NDArray[np.float32] | None,
    labels: NDArray[np.int32],
    pixel_digests: Sequence[str],
    n_classes: int,
    device: str = "cpu",
) -> bool:
    """Whether a probe on ``filtered`` (m, d) helps to predict the given labels (m,), 0 or more, of a sample, held out.

    ``others``: what else is seen of the same images, (m, e) each; ``brought`` (m, n_classes): probabilities that stand for probes on
    them. All probes are fitted on the sample alone, so that none has seen more than another. ``device``: of the probes.
    """
    rows = np.arange(len(labels))
    held_out = folds.assign(labels, rows.astype(np.int32), pixel_digests)

    def predicted(vectors: Vectors) -> NDArray[np.float32]:
        return probe.predict(vectors, labels, n_classes, held_out, device=device).probabilities

    first = [predicted(vectors) for vectors in others] if brought is None else [brought]
    return fusion.adds(predicted(filtered), first, labels, rows)
