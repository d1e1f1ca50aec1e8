"""Annotators: of images that several people labelled, what is to be believed, and of whom. Why: ``docs/decisions/annotators.md``."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# From this probability on that an image's label is another than the consensus, another person should look at it.
ASK_FROM = 0.25


@dataclass(frozen=True, slots=True)
class Consensus:
    """What the votes and the images say together; n images, A annotators.

    ``labels`` (n,) int32: the most probable class, -1 without votes. ``quality`` (n,) float32 in [0, 1]: probability that it is
    right, 0 without votes. ``p_majority`` (n,) float32: probability that the label of most votes is right, NaN where there is none.
    ``n_votes`` and ``agreeing`` (n,) int32: votes, and those for ``labels``. ``annotators``: who; of each, (A,): ``images`` int64
    labelled, ``error`` float64 the estimated share of wrong labels with its interval ``low`` to ``high``, ``agreement`` float64 the
    share of other people's votes on the same images that are the same (NaN without any), ``usual`` int32 the class said most often
    and ``usual_share`` float64 how often. ``kinds``: 'one answer', 'guesses', 'often wrong' or ''. ``alpha``: Krippendorff's, for
    nominal data, in (-1, 1]; NaN where no two votes meet. ``trust``: the exponent on what the images say, 0 for not heeded.
    """

    labels: NDArray[np.int32]
    quality: NDArray[np.float32]
    p_majority: NDArray[np.float32]
    n_votes: NDArray[np.int32]
    agreeing: NDArray[np.int32]
    annotators: tuple[str, ...]
    images: NDArray[np.int64]
    error: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    agreement: NDArray[np.float64]
    usual: NDArray[np.int32]
    usual_share: NDArray[np.float64]
    kinds: tuple[str, ...]
    alpha: float
    trust: float

    @property
    def ask(self) -> NDArray[np.bool_]:
        """(n,) whether another person should look at the image."""
        return np.asarray((self.n_votes > 0) & (1 - self.quality >= ASK_FROM), dtype=np.bool_)
