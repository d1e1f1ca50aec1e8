"""Rows of manifests that say who labelled: several for one image are votes, not duplicates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from datadoctor.findings import Severity
from datadoctor.sources import SourceProblem, counted
from datadoctor.sources.building import Entry
from datadoctor.sources.manifest.rows import Row
from datadoctor.sources.spelling import folded

UNNAMED = "(not named)"


def with_votes(by_path: Mapping[str, Sequence[Row]], problems: list[SourceProblem]) -> list[Entry]:
    """One entry an image with all votes on it; its label is what most say, none where no label has more votes than the others."""
    entries = []
    twice: list[Row] = []
    for path, rows in by_path.items():
        votes: dict[str, str] = {}
        for row in rows:
            who = row.annotator or UNNAMED
            if row.label and folded(votes.setdefault(who, row.label)) != folded(row.label):
                twice.append(row)
        split, group = (
            next((value for row in rows if (value := getattr(row, name))), "") for name in ("split", "group")
        )
        label = majority(list(votes.values()))
        chain = (label,) if label else ()
        entries.append(Entry(path, chain, split, group, rows[0].location, votes=tuple(sorted(votes.items()))))
    if twice:
        first = twice[0]
        problems.append(
            SourceProblem(
                first.location,
                f"{counted(len(twice), 'row')} say another label than an earlier row of the same annotator for the same image, such as "
                f"'{first.annotator}' on '{first.path}'; the first is kept",
                first.path,
                Severity.WARNING,
                "Keep one row for each annotator and image.",
            )
        )
    return entries


def majority(labels: Sequence[str]) -> str:
    """The label with more votes than any other, as it is first written; '' where there is none."""
    counts = Counter(map(folded, labels)).most_common(2)
    if not counts or (len(counts) == 2 and counts[0][1] == counts[1][1]):
        return ""
    return next(label for label in labels if folded(label) == counts[0][0])


def on_votes(entries: Sequence[Entry], asked: bool) -> list[str]:
    """What was understood of votes, in phrases, none where there are none; ``asked``: the user named the columns."""
    votes = [entry.votes for entry in entries if entry.votes]
    if not votes:
        return []
    people = {who for one in votes for who, _ in one}
    disputed = sum(len({folded(label) for _, label in one}) > 1 for one in votes)
    tied = sum(not entry.classes for entry in entries if entry.votes)
    ties = f" and {tied:,} without a majority, so without a label" if tied else ""
    said = f"{sum(map(len, votes)):,} labels of {counted(len(people), 'annotator')} as votes, the label is that of most"
    return [
        said if asked else f"{said} (--annotator-column '' for none)",
        f"{counted(disputed, 'image')} {'is' if disputed == 1 else 'are'} disputed{ties}",
    ]
