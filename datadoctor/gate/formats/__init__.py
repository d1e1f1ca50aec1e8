"""The verdict in each format that somebody reads: people, review pages, and the machines between."""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from typing import TYPE_CHECKING

from datadoctor.gate.policy import Level

if TYPE_CHECKING:
    from datadoctor.gate.judge import Row, Verdict
    from datadoctor.gate.state import Found, Incomplete

FORMATS = ("text", "markdown", "json", "junit", "sarif", "github", "gitlab")
WORST = 10
OTHERS_NAMED = 3
# What can be written into a file only.
FILES = ("sheet",)
_MODULES = {"json": "record"}


def render(verdict: Verdict, format_: str) -> str:
    """The verdict in one of ``FORMATS``, ending with a line break."""
    module = importlib.import_module(f"{__name__}.{_MODULES.get(format_, format_)}")
    rendered: str = module.render(verdict)
    return rendered


def headline(verdict: Verdict) -> str:
    """The verdict in one sentence."""
    blocking = sum(len(row.new) for row in verdict.rows if row.blocks)
    if blocking:
        checks = ", ".join(dict.fromkeys(row.check for row in verdict.rows if row.blocks))
        return f"blocked: {blocking:,} new finding{'s' if blocking > 1 else ''} over budget ({checks})"
    if verdict.blind:
        return f"incomplete: {', '.join(verdict.blind)} could not judge this dataset"
    n_checks, n_whole = len({row.check for row in verdict.rows}), len({one.check for one in verdict.incomplete})
    return f"passed; {n_whole} of {n_checks} checks did not judge all of it" if n_whole else "passed"


def telling(rows: Iterable[Row]) -> list[Row]:
    """The rows that somebody reads: of checks that can block, or with findings of some kind."""
    return [
        row for row in rows if row.rule.level is Level.ERROR or row.new or row.suppressed or row.fixed or row.existing
    ]


def quiet(verdict: Verdict) -> list[str]:
    """One line for the checks that judged, cannot block and have nothing, if there are any."""
    told = {row.check for row in telling(verdict.rows)} | verdict.silent
    names = sorted({row.check for row in verdict.rows} - told)
    return [f"Nothing found, now or before: {', '.join(names)}."] if names else []


def count(row: Row, verdict: Verdict) -> str:
    """New findings of a check, or that it did not look for any."""
    return "not judged" if row.check in verdict.silent and not row.new else f"{len(row.new):,}"


def change(verdict: Verdict) -> str:
    """What the change did to the images, in one sentence."""
    counts = ", ".join(f"{count:,} {name}" for name, count in verdict.delta.counts.items() if count)
    return (
        f"{counts or 'no image changed'}{f', against {verdict.against}' if verdict.against else ', without a baseline'}"
    )


def name(row: Row) -> str:
    """The check, with the override that holds."""
    return f"{row.check} ({row.scope})" if row.scope else row.check


def where(one: Found) -> str:
    """The place that a finding is reported at."""
    return f"{one.file}:{one.line}" if one.line else one.file


def others(one: Found) -> str:
    """The other images of a finding, the first few: ' (with a.jpg, b.jpg and 3 more)'; '' where there are none."""
    paths = [subject.path for subject in one.subjects if (subject.file, subject.line) != (one.file, one.line)]
    more = f" and {len(paths) - OTHERS_NAMED:,} more" if len(paths) > OTHERS_NAMED else ""
    return f" (with {', '.join(paths[:OTHERS_NAMED])}{more})" if paths else ""


def remarks(verdict: Verdict) -> list[str]:
    """What else somebody should know: suppressions without effect, checks that did not run."""
    unused = [f"unused suppression {one.key} ({one.owner}): remove it" for one in verdict.unused]
    expired = [f"suppression {one.key} ({one.owner}) expired on {one.expires}" for one in verdict.expired]
    return [*not_judged(verdict.incomplete), *_accepted(verdict), *expired, *unused]


def _accepted(verdict: Verdict) -> list[str]:
    """How many new findings somebody accepts, so that a pass does not hide them."""
    counts = [f"{row.suppressed:,} {name(row)}" for row in verdict.rows if row.suppressed]
    return [f"new, but accepted by suppressions: {', '.join(counts)}"] if counts else []


def not_judged(incomplete: Iterable[Incomplete]) -> list[str]:
    """Which checks did not judge, one line a reason; those that could not before those that were not asked."""
    reasons: dict[tuple[bool, str, str], list[str]] = {}
    for one in incomplete:
        reasons.setdefault((not one.asked, one.status, one.reason), []).append(one.check)
    return [f"{', '.join(names)} {status}: {reason}" for (_, status, reason), names in sorted(reasons.items())]
