"""The same picture under different labels: at least one of them is wrong, unless the picture shows both.

Of exact and nearly exact copies these are the surest mislabels there are: errors. Of copies that were changed a good deal it is
likely, not sure, that they show the same: warnings. One finding a set of copies with more than one given label (images without a
label aside). The score is 1 where the conflicting copies are exact, else that of the best pair with different labels.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from datadoctor.checks import check, item
from datadoctor.findings import Finding, Severity
from datadoctor.stages.dataset import Dataset
from datadoctor.stages.duplicates import DuplicatePairs
from datadoctor.stages.duplicates.groups import SURE, Group, groups


@check("Duplicates with conflicting labels")
def find(dataset: Dataset, duplicates: DuplicatePairs) -> Iterator[Finding]:
    """Yield the sets with more than one given label, surest first."""
    found = [(_score(dataset, duplicates, group), group) for group in groups(duplicates)]
    for score, group in sorted(found, key=lambda pair: (-pair[0], dataset.paths[pair[1].keep])):
        labels = Counter(name for row in group.rows if (name := dataset.label_name(row)))
        if len(labels) < 2:
            continue
        counts = ", ".join(
            f"{dataset.called(name)!r} ({count})"
            for name, count in sorted(labels.items(), key=lambda pair: (-pair[1], pair[0]))
        )
        yield Finding(
            check="conflicting-duplicate",
            severity=Severity.ERROR if score >= SURE else Severity.WARNING,
            score=score,
            message=f"{'One picture' if score >= SURE else 'Probably one picture'} under {len(labels)} labels: {counts}.",
            items=tuple(item(dataset, row) for row in group.rows),
            labels=tuple(sorted(labels)),
            suggestion="Look which label is right, and give it to every copy."
            if score >= SURE
            else "Look whether both show the same; if so, give every copy the right label.",
            evidence={"labels": len(labels), "copies": len(group.rows)},
        )


def _score(dataset: Dataset, pairs: DuplicatePairs, group: Group) -> float:
    differing = [
        float(pairs.scores[p])
        for p in group.pairs
        if dataset.label_name(int(pairs.a[p])) != dataset.label_name(int(pairs.b[p]))
    ]
    return max(differing, default=0.0)
