"""The ``summary.json`` of synthetic runs."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pandas as pd

from datadoctor.run import SUMMARY_SCHEMA

if TYPE_CHECKING:
    from tests.report.make_run import Spec

CHECKS = {
    "mislabel": "Wrong labels", "conflicting-duplicate": "Duplicates with different labels", "split-leak": "Split leaks",
    "exact-duplicate": "Exact duplicates", "near-duplicate": "Near-duplicates", "ambiguous-class": "Ambiguous class pairs",
    "unreadable-image": "Unreadable images", "image-quality": "Image quality", "outlier": "Outliers",
    "class-imbalance": "Class imbalance",
}  # fmt: skip


def summary(spec: Spec, names: list[str], tables: dict[str, pd.DataFrame]) -> dict[str, Any]:
    """Every key that ``summary.json`` has, with null for what the spec leaves out."""
    items, duplicates = tables["items"], tables["duplicates"]
    counts, readable = Counter(items["given_label"]), int(items["readable"].sum())
    return {
        "schema": SUMMARY_SCHEMA,
        "source": "photos/<b>hostile</b>" if spec.hostile else "photos",
        "created_with": "datadoctor 0.1.0",
        "dataset": {
            "images": len(items), "readable": readable, "unreadable": len(items) - readable, "labelled": len(items),
            "understood": f"{len(items)} images: {len(names)} classes <from folders>",
            "classes": len(names), "class_counts": {name: counts[name] for name in names},
            "splits": dict(sorted(Counter(items["split"]).items())),
        },
        "reading": {"decoded": len(items), "embedded": readable, "look": {}},
        "checks": [_check(name, title, spec, tables["findings"]) for name, title in CHECKS.items()],
        "label_errors": _label_errors(spec, items),
        "duplicates": {
            "exact_pairs": int((duplicates["kind"] == "exact").sum()), "near_pairs": int((duplicates["kind"] == "near").sum()),
            "sets": duplicates["set_id"].nunique(), "planted_recall": {"jpeg 50": 1.0, "crop": 0.93, "mirror": 0.98},
            "planted_reached": {"jpeg 50": 1.0, "crop": 0.8, "mirror": 1.0},
        },
        "split_leakage": _leakage(spec, duplicates),
        "model": {"embeddings": "squeezenet1_0, weights 1a2b3c4d, 160 px", "second_view": "512 filters of this dataset",
                  "predictions": "linear probe, 5 folds", "weights_sha256": "1a2b3c4d" * 8},
        "index": {"made_by": "faiss flat, cpu", "recall": 1.0},
        "hierarchy": {"origin": "given", "nodes": 3, "superclasses": ["superclass 0"]} if len(names) > 1 else None,
        "notices": [],
        "versions": {"datadoctor": "0.1.0", "python": "3.11.7", "numpy": "2.4.0"},
        "settings": {"model": "squeezenet1_0", "seed": 0, "select": [], "weights": None},
        "stages": [{"stage": "dataset", "seconds": 12.3, "peak_mb": 410.0}, {"stage": "embeddings", "seconds": 80.1,
                   "peak_mb": 905.5}],
    }  # fmt: skip


def _check(name: str, title: str, spec: Spec, findings: pd.DataFrame) -> dict[str, Any]:
    status = "skipped" if name in spec.skipped else "failed" if name in spec.failed else "ran"
    found = Counter(findings.loc[findings["check"] == name, "severity"])
    return {
        "check": name, "title": title, "explanation": f"{title}: what the check looks for, in a sentence.\n\nAnd its limits.",
        "status": status, "findings": sum(found.values()), "errors": found["error"], "warnings": found["warning"],
        "infos": found["info"], "reason": spec.skipped.get(name) or spec.failed.get(name) or "",
    }  # fmt: skip


def _label_errors(spec: Spec, items: pd.DataFrame) -> dict[str, Any] | None:
    if "mislabel" in spec.skipped or "mislabel" in spec.failed or not len(items):
        return None
    p = items.loc[items["flagged"], "p_mislabel"].sort_values(ascending=False)
    if not items["judged"].any():
        return None
    rate = float(items["p_mislabel"].mean())
    return {
        "judged": int(items["judged"].sum()), "flagged": len(p), "estimate": rate, "low": rate * 0.7, "high": rate * 1.5,
        "identifiable": True, "threshold": 0.5, "expected_errors": p.cumsum().round(2).tolist()[:1000], "cannot_judge": {},
        "choices": {"threshold": 0.5, "weights": [0.6, 0.4], "exponent": 0.25},
    }  # fmt: skip


def _leakage(spec: Spec, duplicates: pd.DataFrame) -> dict[str, Any] | None:
    if len(spec.splits) < 2:
        return None
    number = {name: i for i, name in enumerate(spec.splits)}
    counts = {kind: [[0] * len(number) for _ in number] for kind in ("exact", "near")}
    for pair in duplicates.itertuples():
        x, y = sorted((number[str(pair.split_a)], number[str(pair.split_b)]))
        counts[str(pair.kind)][x][y] += 1
        if x != y:
            counts[str(pair.kind)][y][x] += 1
    return {"splits": list(spec.splits), **counts}
