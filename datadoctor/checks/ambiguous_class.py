"""Class pairs that are confused with each other, both ways, more than their general confusability explains.

For each pair: the ambiguity (how much of each class looks like the other, with a 95 % interval), a p-value against a network in
which confusions fall at random on confusable classes, and what the confusion is made of: images on the border, or images that
look wrongly labelled. Its kind says what to do: near-synonyms (most of both classes look alike) should be merged or told apart
in writing, a subclass needs a rule which label wins, classes that lie far apart but are confused often occur together in one
image, fine-grained classes need a guideline. A pair is reported at a false discovery rate of 5 % over all pairs. A weak model
also confuses classes that people tell apart with ease: look at the border examples before changing a guideline.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from datadoctor.checks import check
from datadoctor.findings import Finding, Severity
from datadoctor.stages.class_pairs import ClassPairs
from datadoctor.stages.dataset import Dataset
from datadoctor.stages.hierarchy import Hierarchy

SEVERITY = {"near-synonym": Severity.WARNING, "subclass-of": Severity.WARNING}


@check("Ambiguous classes")
def find(dataset: Dataset, class_pairs: ClassPairs, hierarchy: Hierarchy) -> Iterator[Finding]:
    """Yield the significant pairs, most ambiguous first."""
    for i in np.flatnonzero(class_pairs.significant).tolist():
        one, other = int(class_pairs.a[i]), int(class_pairs.b[i])
        a, b = hierarchy.called(one), hierarchy.called(other)
        n_ab, n_ba, kind = int(class_pairs.n_ab[i]), int(class_pairs.n_ba[i]), class_pairs.kinds[i]
        ambiguity, low, high = (
            float(column[i]) for column in (class_pairs.ambiguity, class_pairs.low, class_pairs.high)
        )
        yield Finding(
            check="ambiguous-class",
            severity=SEVERITY.get(kind, Severity.INFO),
            score=ambiguity,
            message=(
                f"'{a}' and '{b}' are confused ({kind}): {n_ab} given '{a}' look like '{b}', {n_ba} the other way; "
                f"ambiguity {ambiguity:.2f} ({low:.2f} to {high:.2f})."
            ),
            labels=(dataset.classes[one], dataset.classes[other]),
            suggestion=class_pairs.actions[i],
            evidence={
                "kind": kind,
                "low": round(low, 4),
                "high": round(high, 4),
                "p_value": float(class_pairs.p_values[i]),
                "n_ab": n_ab,
                "n_ba": n_ba,
                "mislabel_share": round(float(class_pairs.mislabel_share[i]), 4),
                "border_a": ", ".join(dataset.paths[row] for row in class_pairs.boundary[i][0]),
                "border_b": ", ".join(dataset.paths[row] for row in class_pairs.boundary[i][1]),
            },
        )
