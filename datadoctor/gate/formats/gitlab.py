"""The verdict as a GitLab code quality report (the Code Climate issue format): new findings, in the diff's margin."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from typing import Any

from datadoctor.gate.formats import others
from datadoctor.gate.judge import Row, Verdict
from datadoctor.gate.policy import Level
from datadoctor.gate.state import Found, Incomplete


def render(verdict: Verdict) -> str:
    """A list of issues; a finding keeps its fingerprint for as long as it keeps its key, copies of it are numbered."""
    rows = {one: row for row in verdict.rows for one in row.new}
    nth: Counter[str] = Counter()
    issues = []
    for one in verdict.new:
        nth[one.key] += 1
        issues.append(_issue(one, rows[one], one.key if nth[one.key] == 1 else f"{one.key}-{nth[one.key]}"))
    issues += [_silence(one, verdict) for one in verdict.incomplete]
    return json.dumps(issues, ensure_ascii=False, indent=1) + "\n"


def _issue(one: Found, row: Row, fingerprint: str) -> dict[str, Any]:
    return {
        "type": "issue",
        "check_name": one.check,
        "description": f"{one.message}{others(one)} {one.suggestion}".strip(),
        "fingerprint": fingerprint,
        "severity": _severity(row),
        "location": {"path": one.file, "lines": {"begin": max(one.line, 1)}},
    }


def _silence(one: Incomplete, verdict: Verdict) -> dict[str, Any]:
    """A check that did not judge: it is in no file, so the issue is put at the baseline."""
    return {
        "type": "issue",
        "check_name": one.check,
        "description": f"{one.check} {one.status}: {one.reason}",
        "fingerprint": hashlib.sha256(f"{one.check} {one.status}".encode()).hexdigest()[:32],
        "severity": "critical" if one.check in verdict.blind else "info",
        "location": {"path": verdict.against or ".", "lines": {"begin": 1}},
    }


def _severity(row: Row) -> str:
    if row.blocks:
        return "blocker"
    return "major" if row.rule.level is Level.ERROR else "minor"
