"""One capture group (session, patient, video, source) in two splits: its images are alike in more than what they show.

Needs groups: a manifest column named with ``--group-column``. One finding a group. The score is the share of the group's images
outside its main split, doubled (at most 1).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from datadoctor.checks import check, item
from datadoctor.errors import NotApplicableError
from datadoctor.findings import Finding, Severity
from datadoctor.stages.dataset import Dataset

SHOWN = 20


@check("Groups in two splits")
def find(dataset: Dataset) -> Iterator[Finding]:
    """Yield the groups that span splits, the most evenly spread first."""
    if not any(dataset.groups):
        raise NotApplicableError("the dataset has no groups: name their manifest column with --group-column")
    rows: dict[str, list[int]] = {}
    for row, group in enumerate(dataset.groups):
        if group:
            rows.setdefault(group, []).append(row)
    spread = {group: Counter(dataset.splits[row] for row in members) for group, members in rows.items()}
    scores = {group: min(1.0, 2 * (1 - max(counts.values()) / counts.total())) for group, counts in spread.items()}
    for group in sorted((group for group in rows if scores[group] > 0), key=lambda group: (-scores[group], group)):
        counts = ", ".join(f"{count} in {name or '(none)'}" for name, count in sorted(spread[group].items()))
        yield Finding(
            check="group-leak",
            severity=Severity.ERROR,
            score=scores[group],
            message=f"Group {group!r} is in {len(spread[group])} splits: {counts}.",
            items=tuple(item(dataset, row) for row in rows[group][:SHOWN]),
            labels=(group,),
            suggestion="Put the whole group into one split.",
            evidence={"group": group, "images": len(rows[group])},
        )
