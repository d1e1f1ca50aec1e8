"""The same picture again, changed: rescaled, recompressed, cropped, mirrored, recoloured, or set on another background.

Candidates are near in the embedding or alike when shrunk; each reported pair is verified by local features that agree on one
affine transform and by the correlation of the overlap in small windows. Sets do not chain: every copy was verified against the
image to keep. One finding a set. The score is the largest of its pairs': mean local correlation x (1 - exp(-agreeing features
/ 15)).
"""

from __future__ import annotations

from collections.abc import Iterator

from datadoctor.checks import check, item
from datadoctor.findings import Finding, Severity
from datadoctor.stages.dataset import Dataset
from datadoctor.stages.duplicates import DuplicatePairs
from datadoctor.stages.duplicates.groups import groups, in_words


@check("Near-duplicates")
def find(dataset: Dataset, duplicates: DuplicatePairs) -> Iterator[Finding]:
    """Yield the sets in which some copy is changed, most alike first."""
    near = [group for group in groups(duplicates) if any(duplicates.kinds[p] == "near" for p in group.pairs)]
    scored = [(max(float(duplicates.scores[p]) for p in group.pairs), group) for group in near]
    for score, group in sorted(scored, key=lambda pair: (-pair[0], dataset.paths[pair[1].keep])):
        yield Finding(
            check="near-duplicate",
            severity=Severity.WARNING,
            score=score,
            message=f"{len(group.rows)} versions of one picture: {in_words(duplicates, group)}.",
            items=tuple(item(dataset, row) for row in group.rows),
            labels=tuple(sorted({dataset.label_name(row) for row in group.rows})),
            suggestion=f"Keep {dataset.paths[group.keep]}, unless the others add something.",
            evidence={
                "versions": len(group.rows),
                "least_score": round(min(float(duplicates.scores[p]) for p in group.pairs), 4),
            },
        )
