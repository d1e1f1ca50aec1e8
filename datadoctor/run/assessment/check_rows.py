"""The checks of a run, with where on the report their findings are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from datadoctor.run.suspects import OF_LABELS


@dataclass(frozen=True)
class CheckRow:
    """A check: what it found, or why it did not run."""

    name: str
    title: str
    status: str
    findings: int
    errors: int
    warnings: int
    infos: int
    reason: str
    link: str


def check_row(check: Mapping[str, Any]) -> CheckRow:
    """An entry of ``checks`` in ``summary.json``; ``link`` is where on the page its findings are."""
    return CheckRow(
        name=check["check"],
        title=check["title"],
        status=check["status"] if check.get("applicable", True) else "does not apply",
        findings=check["findings"],
        errors=check["errors"],
        warnings=check["warnings"],
        infos=check["infos"],
        reason=check["reason"],
        link=place_of(check["check"]),
    )


def that_ran(checks: Iterable[CheckRow]) -> set[str]:
    """Names of the checks that ran: what the others would have said is no part of the run."""
    return {check.name for check in checks if check.status == "ran"}


def place_of(check: str) -> str:
    """Where on the page the findings of a check are."""
    if check in OF_LABELS or check == "disputed-label":
        return f"#review?check={check}"
    if "duplicate" in check or "leak" in check or "conflict" in check:
        return "#duplicates"
    if "class" in check or "hierarchy" in check or "two-things" in check:
        return "#classes"
    return f"#images?check={check}"
