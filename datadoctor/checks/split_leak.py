"""The same picture in two splits: a model is tested on what it was trained on.

One finding a set of copies that spans splits. The score is that of the best pair that crosses splits: 1 for exact copies. The
copy suggested to keep is that of the test split, then validation, so that the measure stays comparable and training gives way.
"""

from __future__ import annotations

from collections.abc import Iterator

from datadoctor.checks import check, item
from datadoctor.errors import NotApplicableError
from datadoctor.findings import Finding, Severity
from datadoctor.stages.dataset import Dataset
from datadoctor.stages.duplicates import DuplicatePairs
from datadoctor.stages.duplicates.groups import SURE, Group, groups, in_words


@check("Leaks between splits")
def find(dataset: Dataset, duplicates: DuplicatePairs) -> Iterator[Finding]:
    """Yield the sets that span splits, surest first."""
    if len(set(dataset.splits)) < 2:
        raise NotApplicableError("the dataset has one split only")
    found = [(_score(dataset, duplicates, group), group) for group in groups(duplicates)]
    for score, group in sorted(found, key=lambda pair: (-pair[0], dataset.paths[pair[1].keep])):
        splits = sorted({dataset.splits[row] for row in group.rows})
        if len(splits) < 2:
            continue
        names = " and ".join(name or "(none)" for name in splits)
        yield Finding(
            check="split-leak",
            severity=Severity.ERROR,
            score=score,
            message=f"{'One' if score >= SURE else 'Probably one'} picture in {names}: {in_words(duplicates, group)}.",
            items=tuple(item(dataset, row) for row in group.rows),
            labels=tuple(sorted({dataset.label_name(row) for row in group.rows})),
            suggestion=f"Keep {dataset.paths[group.keep]} and take the others out of their split.",
            evidence={"splits": names, "copies": len(group.rows)},
        )


def _score(dataset: Dataset, pairs: DuplicatePairs, group: Group) -> float:
    """The best pair across splits; where the representative joins two members, that of the weaker link."""
    across = [float(pairs.scores[p]) for p in group.pairs if dataset.splits[pairs.a[p]] != dataset.splits[pairs.b[p]]]
    return max(across, default=min((float(pairs.scores[p]) for p in group.pairs), default=0.0))
