"""Argilla's records as JSON: responses by question, one for each user."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from datadoctor.relabel.apply.exports import Answer


def is_record(one: dict[str, Any]) -> bool:
    """Whether an object is a record."""
    return "id" in one and isinstance(one.get("responses"), dict)


def answers(file: Path, records: Iterable[dict[str, Any]]) -> Iterator[Answer]:
    """One answer for each user who responded to a record."""
    for record in records:
        by_user: dict[str, dict[str, str]] = {}
        for question in ("label", "decision", "scope"):
            for response in record["responses"].get(question, []):
                by_user.setdefault(str(response.get("user_id") or ""), {})[question] = str(response["value"])
        for user, said in by_user.items():
            yield Answer(
                where=f"{file}: record {record['id']}",
                path=str(record["id"]),
                label=said.get("label", ""),
                decision=said.get("decision", ""),
                scope=said.get("scope", ""),
                reviewer=user,
            )
