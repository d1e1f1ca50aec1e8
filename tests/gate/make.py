"""Small states of datasets, and run directories that hold them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from datadoctor.findings import Finding, ItemRef, Severity
from datadoctor.findings.baseline import KnownItem
from datadoctor.gate.state import Incomplete, State, of_findings
from datadoctor.run.tables import findings_table
from tests.run_tables import whole_items, whole_summary

CHECKS = ("conflicting-duplicate", "image-quality", "mislabel", "split-leak", "unreadable-image")
CALIBRATION = {"datadoctor": "0.1.0", "model": "squeezenet1_0", "weights_sha256": "ab12"}


def digest(content: str) -> str:
    """The pixel digest of an image with this content."""
    return hashlib.sha256(content.encode()).hexdigest()


def item(path: str, content: str | None = None, label: str = "cat", split: str = "train") -> KnownItem:
    """An image; its content is its path where none is given."""
    return KnownItem(path, digest(content or path)[:32], label, split)


def finding(check: str, items: Sequence[KnownItem], score: float = 0.99) -> Finding:
    """A finding about known items."""
    refs = tuple(ItemRef(i.path, i.digest, i.label, i.split) for i in items)
    labels = tuple(sorted({ref.label for ref in refs}))
    return Finding(
        check, Severity.WARNING, score, f"{check} of {refs[0].path if refs else '-'}", refs, labels, "Look at it."
    )


def state(items: Sequence[KnownItem], findings: Sequence[Finding] = (), **others: Any) -> State:
    """A state with these items and findings."""
    values: dict[str, Any] = {"incomplete": (), "calibration": CALIBRATION} | others
    places = {one.path: (f"data/{one.path}", 0) for one in items}
    return State(tuple(items), of_findings(findings, places), **values)


def incomplete(check: str, status: str = "skipped", reason: str = "too few images") -> Incomplete:
    """A check that did not run."""
    return Incomplete(check, status, reason)


def write_run(
    folder: Path,
    items: Sequence[KnownItem],
    findings: Sequence[Finding] = (),
    *,
    skipped: Mapping[str, str] | None = None,
    manifest: str | None = None,
    model: str = "squeezenet1_0",
) -> Path:
    """A run directory with what the gate reads of it."""
    folder.mkdir(parents=True, exist_ok=True)
    ordered = sorted(items)
    table = pd.DataFrame(
        {
            "path": [one.path for one in ordered],
            "split": [one.split for one in ordered],
            "given_label": [one.label for one in ordered],
            "pixel_digest": [one.digest for one in ordered],
            "digest": [one.digest for one in ordered],
            "file_size": [100] * len(ordered),
            "location": [f"labels.csv:{row + 2}" if manifest else "" for row in range(len(ordered))],
        }
    )
    whole_items(table).to_parquet(folder / "items.parquet", index=False)
    findings_table(findings).to_parquet(folder / "findings.parquet", index=False)
    reasons = skipped or {}
    no_findings = dict.fromkeys(("findings", "errors", "warnings", "infos"), 0)
    summary = whole_summary(
        settings={"model": model, "manifest": manifest, "seed": 0},
        model={"weights_sha256": "ab12"},
        split_leakage={"splits": ["test", "train"], "exact": [[0, 1], [1, 0]], "near": [[0, 2], [2, 0]]},
        checks=[
            {
                **no_findings,
                "check": name,
                "title": name,
                "explanation": "",
                "status": "skipped" if name in reasons else "ran",
                "reason": reasons.get(name, ""),
                "applicable": reasons.get(name) != "one split only",
            }
            for name in CHECKS
        ],
    )
    (folder / "summary.json").write_text(json.dumps(summary), encoding="utf-8")
    return folder
