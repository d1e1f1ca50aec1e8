"""The verdict as SARIF 2.1.0 (OASIS), for code scanning: new findings, at the manifest rows the change wrote.

An image file has no lines and no diff that can be annotated; a manifest row has both. Without a manifest the location is the
image file as a whole.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from datadoctor._version import __version__
from datadoctor.gate.formats import not_judged, others
from datadoctor.gate.judge import Verdict
from datadoctor.gate.policy import Level
from datadoctor.gate.state import Found

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
# What GitHub shows of a run.
MOST_RESULTS = 5_000
LEVELS = {Level.ERROR: "error", Level.WARN: "warning"}


def render(verdict: Verdict) -> str:
    """One run; a finding keeps its fingerprint for as long as it keeps its key."""
    levels = {one: LEVELS[row.rule.level] for row in verdict.rows for one in row.new}
    shown = verdict.new[:MOST_RESULTS]
    rules = sorted({row.check for row in verdict.rows})
    run = {
        "tool": {
            "driver": {
                "name": "datadoctor",
                "semanticVersion": __version__,
                "rules": [{"id": check, "shortDescription": {"text": check}} for check in rules],
            }
        },
        "invocations": [_invocation(verdict, len(verdict.new) - len(shown))],
        "results": [_result(one, levels[one], rules.index(one.check)) for one in shown],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, ensure_ascii=False, indent=1) + "\n"


def _invocation(verdict: Verdict, n_left_out: int) -> dict[str, Any]:
    said = not_judged(verdict.incomplete)
    if n_left_out:
        said.append(f"{n_left_out} more new findings are left out")
    return {
        "executionSuccessful": not verdict.blind,
        "exitCode": verdict.exit_code,
        "toolExecutionNotifications": [{"message": {"text": text}} for text in said],
    }


def _result(one: Found, level: str, rule: int) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": {"uri": quote(one.file)}}
    if one.line:
        physical["region"] = {"startLine": one.line}
    location: dict[str, Any] = {"physicalLocation": physical} if one.file else {}
    return {
        "ruleId": one.check,
        "ruleIndex": rule,
        "level": level,
        "message": {"text": f"{one.message}{others(one)} {one.suggestion}".strip()},
        "locations": [location] if location else [],
        "partialFingerprints": {"datadoctorKey/v1": one.key},
        "properties": {"score": one.score, "images": [subject.path for subject in one.subjects]},
    }
