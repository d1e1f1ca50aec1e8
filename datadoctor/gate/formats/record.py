"""The verdict as JSON, whole: schema ``datadoctor/gate@1``."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from datadoctor.findings.suppressions import Suppression
from datadoctor.gate.formats import headline
from datadoctor.gate.judge import Row, Verdict

SCHEMA = "datadoctor/gate@1"


def render(verdict: Verdict) -> str:
    """Everything the other formats are cut from."""
    content = {
        "schema": SCHEMA,
        "verdict": headline(verdict),
        "exit_code": verdict.exit_code,
        "baseline": verdict.against,
        "delta": verdict.delta.counts,
        "checks": [_row(row) for row in verdict.rows],
        "split_leakage": verdict.leakage,
        "incomplete": [dataclasses.asdict(one) for one in verdict.incomplete],
        "unused_suppressions": [_suppression(one) for one in verdict.unused],
        "expired_suppressions": [_suppression(one) for one in verdict.expired],
    }
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _row(row: Row) -> dict[str, Any]:
    return {
        "check": row.check,
        "scope": row.scope,
        "level": row.rule.level.value,
        "budget": row.budget,
        "over": row.over,
        "blocks": row.blocks,
        "suppressed": row.suppressed,
        "fixed": row.fixed,
        "existing": row.existing,
        "new": [dataclasses.asdict(one) for one in row.new],
    }


def _suppression(one: Suppression) -> dict[str, str]:
    return {name: str(value) for name, value in dataclasses.asdict(one).items() if value is not None}
