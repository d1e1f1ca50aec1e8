"""Annotators whose labels are wrong far more often than those of the others, guessed, or always the same.

For images that several people labelled. *One answer*: at least 80 % of somebody's labels are one class that is believed to be on at
most 60 % of his images. *Guesses*: as many errors as blind guesses in his own proportions would have. *Often wrong*: at the least twice
the errors of the middle annotator, and over 10 %. The score is the estimated share of wrong labels; two standard deviations of it
are in the message.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from datadoctor.checks import check
from datadoctor.findings import Finding, Severity
from datadoctor.stages.annotators import Consensus
from datadoctor.stages.dataset import Dataset

SAID = {
    "one answer": "says {usual} of {share:.0%} of the images, whatever they show",
    "guesses": "does not do better than blind guesses",
    "often wrong": "is wrong far more often than the others",
}


@check("Unreliable annotators")
def find(dataset: Dataset, consensus: Consensus) -> Iterator[Finding]:
    """Yield the remarkable ones, most often wrong first."""
    for place in np.lexsort((np.arange(len(consensus.annotators)), -consensus.error)).tolist():
        kind, name = consensus.kinds[place], consensus.annotators[place]
        if not kind:
            continue
        error, low, high = (float(column[place]) for column in (consensus.error, consensus.low, consensus.high))
        usual = dataset.called(dataset.classes[int(consensus.usual[place])])
        why = SAID[kind].format(usual=usual, share=float(consensus.usual_share[place]))
        yield Finding(
            check="unreliable-annotator",
            severity=Severity.WARNING,
            score=min(max(error, 0.0), 1.0),
            message=f"'{name}' {why}: {error:.0%} of {int(consensus.images[place]):,} labels are wrong ({low:.0%} to {high:.0%}).",
            labels=(name,),
            suggestion="Look at some of these labels; have the images labelled again by somebody else.",
            evidence={
                "annotator": name,
                "kind": kind,
                "images": int(consensus.images[place]),
                "low": round(low, 4),
                "high": round(high, 4),
            },
        )
