"""Label Studio's exports: JSON (tasks with annotations), and JSON-MIN, CSV and TSV (one flat row an annotation)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from datadoctor.relabel.apply.exports import Answer


def is_task(one: dict[str, Any]) -> bool:
    """Whether an object is a task of the JSON export."""
    return isinstance(one.get("annotations"), list) and "path" in one.get("data", {})


def is_flat(one: Iterable[str]) -> bool:
    """Whether a row, or a header, is one of an export with a row for each annotation."""
    return {"annotation_id", "path"} <= set(one)


def answers(file: Path, tasks: Iterable[dict[str, Any]]) -> Iterator[Answer]:
    """The newest annotation of each reviewer of each task, cancelled ones left out."""
    for task in tasks:
        newest: dict[str, dict[str, Any]] = {}
        for one in sorted(task["annotations"], key=lambda one: (str(one.get("created_at")), one.get("id") or 0)):
            if not one.get("was_cancelled"):
                newest[_reviewer(one.get("completed_by"))] = one
        for reviewer, one in newest.items():
            chosen = {result.get("from_name"): result.get("value", {}) for result in one.get("result", [])}
            yield Answer(
                where=f"{file}: task {task.get('id')}",
                path=task["data"]["path"],
                label=_label(chosen.get("label", {})),
                decision=next(iter(chosen.get("decision", {}).get("choices", [])), ""),
                scope=next(iter(chosen.get("scope", {}).get("choices", [])), ""),
                reviewer=reviewer,
            )


def flat_answers(file: Path, rows: Iterable[dict[str, Any]]) -> Iterator[Answer]:
    """The newest row of each reviewer of each image; a taxonomy's label is a list of one object that holds its paths."""
    newest: dict[tuple[str, str], dict[str, Any]] = {}
    for row in sorted(rows, key=lambda row: (str(row.get("created_at")), f"{row['annotation_id']:>20}")):
        newest[row["path"], _reviewer(row.get("annotator"))] = row
    for (path, reviewer), row in newest.items():
        yield Answer(
            where=f"{file}: annotation {row['annotation_id']}",
            path=path,
            label=_flat_label(row.get("label") or ""),
            decision=row.get("decision") or "",
            scope=row.get("scope") or "",
            reviewer=reviewer,
        )


def _label(value: dict[str, Any]) -> str:
    if value.get("taxonomy"):
        return str(value["taxonomy"][0][-1])
    return str(next(iter(value.get("choices", [])), ""))


def _flat_label(value: Any) -> str:
    if isinstance(value, str) and value.startswith('[{"taxonomy"'):  # as CSV has it
        value = json.loads(value)
    if isinstance(value, list):
        value = value[0] if value else ""
    return _label(value) if isinstance(value, dict) else str(value)


def _reviewer(value: Any) -> str:
    if isinstance(value, dict):
        return str(value.get("email") or value.get("id") or "")
    return "" if value is None else str(value)
