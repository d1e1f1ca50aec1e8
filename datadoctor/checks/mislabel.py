"""Images whose given label is probably wrong.

Several views of each image (probes on what the network and the dataset's own filters see, its nearest neighbours) predict its
class without having seen its label; they are weighted by how well they predict given labels. Two models of how labels go wrong,
with and without looking at the image, are fitted to the given labels; the better founded gives the probability that a label is
wrong. An image is reported from the probability on where most errors are caught for the fewest looks in vain (``threshold`` in
the summary, between 1/4 and 1/2). The score is the probability. Look at the image, then relabel it, exclude it or keep it.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from datadoctor.checks import check, item
from datadoctor.findings import Evidence, Finding, Severity
from datadoctor.stages.dataset import Dataset
from datadoctor.stages.hierarchy import Hierarchy, Relation
from datadoctor.stages.index import Neighbours
from datadoctor.stages.label_quality import LabelQuality
from datadoctor.stages.label_quality.explain import Explanation, explain

SUGGESTIONS = {
    "relabel": "Relabel to {suggested}, unless the image says otherwise.",
    "several objects": "Both classes may be in the image: allow several labels, or exclude it.",
    "ambiguous pair": "{given} and {suggested} overlap: settle the guideline for the two classes first.",
    "off-topic": "It fits no class well: look whether it belongs in the dataset.",
    "unsure": "Something is odd, but no other class stands out: look at it.",
}

# Below this a probability rounds to 99 %.
SURE = 0.995
RELATED = {
    Relation.SIBLING: "the two classes are siblings in the hierarchy",
    Relation.SAME_SUPERCLASS: "the two classes share a superclass",
    Relation.CROSS_SUPERCLASS: "the two classes have different superclasses",
}


@check("Mislabels")
def find(
    dataset: Dataset, label_quality: LabelQuality, hierarchy: Hierarchy, neighbours: Neighbours
) -> Iterator[Finding]:
    """Yield the flagged images, most probably wrong first."""
    rows = np.flatnonzero(label_quality.flagged)
    for row in rows[np.lexsort((rows, -label_quality.scores[rows]))].tolist():
        why = explain(row, dataset.labels, dataset.classes, label_quality, hierarchy, neighbours)
        yield Finding(
            check="mislabel",
            severity=Severity.WARNING,
            score=min(max(why.p_mislabel, 0.0), 1.0),
            message=message(why, dataset),
            items=(item(dataset, row),),
            labels=(why.given,),
            suggestion=SUGGESTIONS[why.kind].format(
                given=dataset.called(why.given), suggested=dataset.called(why.suggested)
            ),
            evidence=evidence(why),
        )


def message(why: Explanation, dataset: Dataset) -> str:
    """Why an image was flagged, in plain words."""
    given, suggested = dataset.called(why.given), dataset.called(why.suggested)
    sure = f"{why.p_mislabel:.0%}" if why.p_mislabel < SURE else "over 99%"
    parts = [f"Given {given}, looks like {suggested}, probability of a wrong label {sure}"]
    heard = [view for view in why.views if view.weight > 0]
    trusting = [view.name for view in heard if view.p_given >= 0.5]
    if not trusting:
        parts.append(f"all {len(heard)} views doubt the given label" if len(heard) > 1 else "so says the one view")
    elif len(trusting) < len(heard):
        against = len(heard) - len(trusting)
        parts.append(f"{against} of {len(heard)} views doubt the given label, not: {', '.join(trusting)}")
    if why.neighbours:
        same = sum(neighbour.label == why.suggested for neighbour in why.neighbours)
        parts.append(f"{same} of its {len(why.neighbours)} nearest images are labelled {suggested}")
    parts += [text for relation, text in RELATED.items() if relation == why.relation]
    return "; ".join(parts) + "."


def evidence(why: Explanation) -> Evidence:
    """The numbers behind the message."""
    return {
        "given": why.given,
        "suggested": why.suggested,
        "p_mislabel": round(why.p_mislabel, 4),
        "threshold": why.threshold,
        "kind": why.kind,
        "relation": why.relation,
        "neighbour_agreement": round(why.neighbour_agreement, 4),
        **{f"p_given_{view.name}": round(view.p_given, 4) for view in why.views},
    }
