"""The findings of synthetic runs: one for everything their tables hold."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pandas as pd

from datadoctor.run import FINDING_COLUMNS

if TYPE_CHECKING:
    from tests.report.make_run import Spec


def findings(spec: Spec, tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Findings of every check that ran."""
    items, quiet = tables["items"], {**spec.skipped, **spec.failed}
    by_path = items.set_index("path")
    rows: list[tuple[Any, ...]] = []

    def add(
        check: str, severity: str, score: float, paths: list[str], labels: list[str], message: str, todo: str
    ) -> None:
        if check in quiet:
            return
        subjects = [
            {
                "path": p,
                "digest": by_path["digest"][p],
                "label": by_path["given_label"][p],
                "split": by_path["split"][p],
            }
            for p in paths
        ]
        key = hashlib.sha256(json.dumps([check, paths, labels]).encode()).hexdigest()[:32]
        evidence = json.dumps({"threshold": 0.5, "margin": round(score - 0.5, 3)})
        rows.append((key, check, severity, score, json.dumps(subjects), json.dumps(labels), message, todo, evidence))

    _add_item_findings(add, items)
    _add_pair_findings(add, tables)
    return pd.DataFrame(rows, columns=list(FINDING_COLUMNS)).astype({"score": "float64"})


def _add_item_findings(add: Callable[..., None], items: pd.DataFrame) -> None:
    for item in _rows(items[items["flagged"]]):
        message = (
            f"looks like {item.suggested_label!r}, not {item.given_label!r}: 6 of 8 neighbours and both views agree"
        )
        add("mislabel", "error" if item.p_mislabel > 0.8 else "warning", item.p_mislabel, [item.path],
            [item.given_label, item.suggested_label], message, f"relabel to {item.suggested_label!r}")  # fmt: skip
    for item in _rows(items[~items["readable"]]):
        add(
            "unreadable-image",
            "error",
            1.0,
            [item.path],
            [],
            f"cannot be decoded: {item.error}",
            "replace or remove the file",
        )
    for item in _rows(items[items["readable"]].head(9)):
        add("image-quality", "info", 0.4, [item.path], [], "blurry: sharpness 3.1 is under 5.0", "look at it")
        add(
            "outlier", "warning", 0.7, [item.path], [], "unlike every other image of its class", "check that it belongs"
        )


def _add_pair_findings(add: Callable[..., None], tables: dict[str, pd.DataFrame]) -> None:
    for pair in _rows(tables["duplicates"]):
        check = "exact-duplicate" if pair.kind == "exact" else "near-duplicate"
        add(
            check,
            "warning",
            pair.score,
            [pair.path_a, pair.path_b],
            [],
            f"{pair.kind} duplicate: {pair.difference}",
            "keep one",
        )
        if pair.label_a != pair.label_b:
            add("conflicting-duplicate", "error", 1.0, [pair.path_a, pair.path_b], [pair.label_a, pair.label_b],
                f"the same picture is {pair.label_a!r} and {pair.label_b!r}", "give both the same label")  # fmt: skip
        if pair.split_a != pair.split_b:
            add(
                "split-leak",
                "error",
                1.0,
                [pair.path_a, pair.path_b],
                [],
                f"in {pair.split_a} and {pair.split_b}",
                "drop one",
            )
    for pair in _rows(tables["class_pairs"]):
        if pair.significant:
            add("ambiguous-class", "warning", pair.ambiguity, [], [pair.class_a, pair.class_b],
                f"{pair.class_a!r} and {pair.class_b!r} overlap", pair.action)  # fmt: skip


def _rows(table: pd.DataFrame) -> Iterator[Any]:
    return table.itertuples()
