"""Tables and summaries of run directories as an audit writes them, where a test says only some of their content."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from datadoctor.run import SUMMARY_SCHEMA
from datadoctor.run.checking import tables


def whole_items(table: pd.DataFrame) -> pd.DataFrame:
    """With the columns of ``items.parquet`` that are missing: all images readable, the rest '', 0 or no."""
    rows: dict[str, Any] = {"row": np.arange(len(table), dtype=np.int32), "readable": True}
    missing: dict[str, Any] = {
        name: _EMPTY.get(kind, 0) for name, kind in tables.ITEMS.items() if name not in table.columns
    }
    return table.assign(**{name: rows.get(name, value) for name, value in missing.items()})


def whole_duplicates(table: pd.DataFrame) -> pd.DataFrame:
    """With the columns of ``duplicates.parquet`` that are missing: '' or 0."""
    missing = {name: _EMPTY.get(kind, 0) for name, kind in tables.DUPLICATES.items() if name not in table.columns}
    return table.assign(**missing)


def whole_summary(**known: Any) -> dict[str, Any]:
    """With the parts of ``summary.json`` that are missing: null or empty."""
    dataset = {
        "images": 0,
        "readable": 0,
        "unreadable": 0,
        "labelled": 0,
        "classes": 0,
        "class_counts": {},
        "splits": {},
    }
    return {
        "schema": SUMMARY_SCHEMA, "source": "data", "created_with": "datadoctor 0.1.0", "dataset": dataset, "checks": [],
        "reading": {"decoded": 0, "embedded": 0, "look": {}}, "label_errors": None, "duplicates": None,
        "split_leakage": None, "model": {"weights_sha256": None}, "index": None, "hierarchy": None, "notices": [],
        "versions": {"datadoctor": "0.1.0"}, "settings": {}, "stages": [], **known,
    }  # fmt: skip


def whole_rate(**known: Any) -> dict[str, Any]:
    """With the parts of ``label_errors`` of ``summary.json`` that are missing."""
    counts = {"judged": 0, "flagged": 0, "identifiable": True, "threshold": 0.5}
    return {**counts, "expected_errors": [], "cannot_judge": {}, "choices": {}, **known}


def whole_tree(**known: Any) -> dict[str, Any]:
    """With the parts of a tree of ``hierarchy.json`` that are missing."""
    nodes = [{"height": 0.0, "support": 1.0, **node} for node in known.pop("nodes")]
    k = len(known["classes"])
    flat = {"order": list(range(k)), "superclass_of": [0] * k, "superclasses": ["all classes"]}
    return {"origin": "learnt", "names": [], **flat, "notes": [], "overlapping": [], "nodes": nodes, **known}


_EMPTY: dict[Callable[[Any], bool], Any] = {tables.text: "", tables.flag: False}
