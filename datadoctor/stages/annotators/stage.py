"""What several people's labels of the same images say together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from datadoctor.errors import NotApplicableError
from datadoctor.sources import Votes
from datadoctor.stages import stage
from datadoctor.stages.annotators import Consensus
from datadoctor.stages.dataset import Dataset
from datadoctor.stages.index import Neighbours

if TYPE_CHECKING:
    from datadoctor.stages.label_quality.views import View


NO_VOTES = "nothing says who labelled: --annotator-column, or --label-columns with one for each annotator"


@stage()
def votes(dataset: Dataset) -> Votes:
    """What each annotator called each image."""
    if dataset.votes is None:
        raise NotApplicableError(NO_VOTES)
    return dataset.votes


@stage()
def seen_without_votes(
    votes: Votes, dataset: Dataset, views: tuple[View, ...], neighbours: Neighbours, groups: NDArray[np.int32]
) -> NDArray[np.float32]:
    """(n, K) the probability of each class, from all views, without the image's own label."""
    from datadoctor.stages.label_quality import fusion, neighbour_vote

    opinions = [view.probabilities for view in views]
    opinions.append(neighbour_vote.vote(neighbours, dataset.labels, len(dataset.classes), groups))
    pool = fusion.fit(opinions, dataset.labels, np.flatnonzero(dataset.labels >= 0))
    return pool[np.arange(len(dataset))]


@stage(keep=True)
def consensus(votes: Votes, dataset: Dataset, seen_without_votes: NDArray[np.float32] | None = None) -> Consensus:
    """The label that several annotators' votes and the image say, how sure it is, and how often each of them errs."""
    from datadoctor.stages.annotators.consensus import consensus

    return consensus(votes, dataset.labels, len(dataset.classes), seen_without_votes)
