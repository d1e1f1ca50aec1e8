"""The same picture, pixel by pixel, more than once: the same file, or another file that decodes to the same pixels.

Size and colour mode count, the EXIF orientation is applied first, and unreadable files are never duplicates of each other. One
finding a set. The score is 1. Copies give a picture more weight in training than others, and cross the folds of a validation.
"""

from __future__ import annotations

from collections.abc import Iterator

from datadoctor.checks import check, item
from datadoctor.findings import Finding, Severity
from datadoctor.stages.dataset import Dataset
from datadoctor.stages.duplicates import DuplicatePairs
from datadoctor.stages.duplicates.groups import groups, in_words


@check("Exact duplicates")
def find(dataset: Dataset, duplicates: DuplicatePairs) -> Iterator[Finding]:
    """Yield the sets in which every copy is exact, largest first."""
    exact = [group for group in groups(duplicates) if all(duplicates.kinds[p] == "exact" for p in group.pairs)]
    for group in sorted(exact, key=lambda group: (-len(group.rows), dataset.paths[group.keep])):
        yield Finding(
            check="exact-duplicate",
            severity=Severity.WARNING,
            score=1.0,
            message=f"{len(group.rows)} copies of one picture ({in_words(duplicates, group)}).",
            items=tuple(item(dataset, row) for row in group.rows),
            labels=tuple(sorted({dataset.label_name(row) for row in group.rows})),
            suggestion=f"Keep {dataset.paths[group.keep]} and leave the others out.",
            evidence={"copies": len(group.rows)},
        )
