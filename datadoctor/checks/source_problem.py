"""What the folder or manifest holds that could not be used as it stands: rows left out, rows without a label, other files.

Problems of one kind are one finding that gives the first places. Nothing of the source is passed over in silence: what is
neither an audited image nor an unreadable one is here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

from datadoctor.checks import check
from datadoctor.findings import Finding, ItemRef, Severity
from datadoctor.sources import Listing, SourceProblem

PLACES_NAMED = 5


@check("Problems of the source")
def find(listing: Listing) -> Iterator[Finding]:
    """Yield one finding for each kind of problem: first what makes other findings wrong, then the most frequent."""
    kinds: dict[str, list[SourceProblem]] = {}
    for problem in listing.problems:
        kinds.setdefault(problem.cause, []).append(problem)
    for cause, problems in sorted(kinds.items(), key=lambda kind: (not _urgent(kind[1]), -len(kind[1]), kind[0])):
        yield _finding(cause, problems, len(listing))


def _finding(cause: str, problems: Sequence[SourceProblem], n_items: int) -> Finding:
    places = ", ".join(problem.where for problem in problems[:PLACES_NAMED])
    more = f" and {len(problems) - PLACES_NAMED:,} more" if len(problems) > PLACES_NAMED else ""
    first = problems[0]
    return Finding(
        check="source-problem",
        severity=first.severity,
        score=1.0 if _urgent(problems) else len(problems) / (len(problems) + n_items),
        message=f"{cause[:1].upper()}{cause[1:]}." if _urgent(problems) else f"{places}{more}: {cause}.",
        items=(ItemRef(first.path or first.where, _identity(cause, problems)),),
        suggestion=first.advice or "Correct the source, or accept this finding if it is meant to be so.",
        evidence={"cause": cause, "count": len(problems), "first": first.where},
    )


def _urgent(problems: Sequence[SourceProblem]) -> bool:
    return problems[0].severity is Severity.ERROR


def _identity(cause: str, problems: Sequence[SourceProblem]) -> str:
    """One digest for all problems of a kind, so that another one re-opens the finding; line numbers do not enter."""
    names = sorted(problem.path or problem.where for problem in problems)
    return hashlib.sha256("\0".join([cause, *names]).encode()).hexdigest()
