"""Views: independent opinions on each image's class, made without its own given label."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from datadoctor.stages.predictions import FoldProbes, Predictions

if TYPE_CHECKING:
    from datadoctor.progress import Progress


@dataclass(frozen=True, slots=True)
class View:
    """One opinion: ``probabilities`` (n, K) float32, out-of-sample, rows sum to 1.

    ``refit`` makes the same view from soft labels (n, K) instead of the given ones; None where that is not possible
    (probabilities brought by the user). ``probes``: what the probabilities follow from, where that is linear.
    """

    name: str
    probabilities: NDArray[np.float32]
    refit: Callable[[NDArray[np.float32]], View] | None = None
    probes: FoldProbes | None = None


def of_probe(
    name: str,
    predictions: Predictions,
    vectors: NDArray[np.float32] | NDArray[np.float16],
    labels: NDArray[np.int32],
    *,
    device: str = "cpu",
    progress: Progress | None = None,
) -> View:
    """The view of a probe that can be fitted again, on the same folds and with the same penalty."""

    def refit(soft_labels: NDArray[np.float32]) -> View:
        from datadoctor.stages.predictions import probe, squares

        n_classes, folds = predictions.probabilities.shape[1], predictions.folds
        if predictions.link:
            again = squares.predict(
                vectors,
                labels,
                n_classes,
                folds,
                soft_labels=soft_labels,
                penalty=predictions.penalty,
                link=predictions.link,
                device=device,
            )
            return View(name, again.probabilities)
        again = probe.predict(
            vectors,
            labels,
            n_classes,
            folds,
            soft_labels=soft_labels,
            device=device,
            progress=progress,
            penalty=predictions.penalty,
            keep_probes=True,
        )
        return View(name, again.probabilities, probes=again.probes)

    return View(name, predictions.probabilities, refit)
