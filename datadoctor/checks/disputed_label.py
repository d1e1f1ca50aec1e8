"""Images whose annotators, and what the image shows, leave open what they are: another person should look.

For images that several people labelled. Whose word counts how much is fitted together with what the labels are (each annotator's
confusions, and what models see without the votes); reported where the most probable label is wrong with a probability of 1/4 or more,
or where the label of most votes is. The score is that probability. ``consensus.csv`` of the run has every image's consensus.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np

from datadoctor.checks import check, item
from datadoctor.findings import Finding, Severity
from datadoctor.stages.annotators import ASK_FROM, Consensus
from datadoctor.stages.dataset import Dataset


@check("Disputed labels")
def find(dataset: Dataset, consensus: Consensus) -> Iterator[Finding]:
    """Yield the images to ask another person about, most doubtful first."""
    assert dataset.votes is not None
    doubt = np.where(dataset.labels >= 0, 1 - np.nan_to_num(consensus.p_majority), 1 - consensus.quality)
    doubt = np.where(consensus.n_votes > 0, doubt, 0)
    said: dict[int, list[str]] = {}
    for row, label in zip(dataset.votes.rows.tolist(), dataset.votes.labels.tolist(), strict=True):
        said.setdefault(row, []).append(dataset.called(dataset.classes[label]))
    for row in np.lexsort((np.arange(len(dataset)), -doubt)).tolist():
        if doubt[row] < ASK_FROM:
            return
        votes = ", ".join(f"{count} say {name}" for name, count in Counter(said[row]).most_common())
        best = dataset.classes[int(consensus.labels[row])]
        yield Finding(
            check="disputed-label",
            severity=Severity.WARNING if doubt[row] >= 0.5 else Severity.INFO,
            score=float(min(max(doubt[row], 0), 1)),
            message=f"{votes}; with what it looks like, {dataset.called(best)} is right with {consensus.quality[row]:.0%}.",
            items=(item(dataset, row),),
            labels=tuple(sorted(set(said[row]))),
            suggestion="Have another person look at it."
            if consensus.quality[row] < 1 - ASK_FROM
            else f"Give it the label {dataset.called(best)}, unless the image says otherwise.",
            evidence={
                "consensus": best,
                "suggested": best,
                "quality": round(float(consensus.quality[row]), 4),
                "votes": len(said[row]),
            },
        )
