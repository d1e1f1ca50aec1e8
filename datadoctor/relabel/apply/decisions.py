"""Decisions: what reviewers said about images, with what they were looking at when they said it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from datadoctor.errors import DataDoctorError
from datadoctor.relabel.apply import exports
from datadoctor.relabel.apply.exports import Answer
from datadoctor.spreadsheet import restored
from datadoctor.tables import SEPARATED, read_table

DECISIONS = ("keep", "relabel", "exclude", "ambiguous", "skip")
# Of an answer: this image, or all that it stands for.
SCOPES = ("", "image", "group")
NEEDED = ("path", "given_label", "suggested_label", "digest", "decision", "new_label")
# Names that other tools write for ours.
ALIASES = {"corrected_label": "new_label", "action": "decision"}


@dataclass(frozen=True, slots=True)
class Decision:
    """One reviewer's answer about one image.

    ``given_label`` and ``digest`` (sha256 hex of the file's bytes, '' if it could not be read) are what the reviewer saw; an
    image that has others now is refused. ``new_label`` is '' unless ``decision`` is 'relabel'. ``like``: the path of the
    representative, where the answer was given for a whole group; '' for an answer about this very image.
    """

    path: str
    decision: str
    given_label: str
    digest: str
    key: str = ""
    new_label: str = ""
    reviewer: str = ""
    note: str = ""
    like: str = ""


def read_decisions(file: Path, queue: Path | None = None) -> list[Decision]:
    """The decisions of a CSV or JSON Lines file of ours, or of a tool's export.

    ``queue``: the ``relabel.jsonl`` that an export came from, by default the one beside it.
    Rows without a decision, or with 'skip', are left out. Raises ``DataDoctorError`` naming the row that cannot be used.
    """
    rows = _joined(exports.read_answers(file), queue, file) if exports.is_export(file) else _our_rows(file)
    found: list[Decision] = []
    for where, row in rows:
        found.extend(of_row(row, where))
    return found


def _our_rows(file: Path) -> list[tuple[str, dict[str, Any]]]:
    table = read_table(file, "decisions").whole()
    # What spreadsheets open was written so that they run nothing in it.
    plain = restored if file.suffix.lower() in SEPARATED else str
    rows = [
        (f"{file}:{line}", _renamed({name: plain(value) for name, value in row.items()})) for line, row in table.rows()
    ]
    if rows:
        missing = [name for name in NEEDED if name not in rows[0][1]]
        if missing:
            raise DataDoctorError(
                f"{file}: no column '{missing[0]}'; give a file that `datadoctor queue` or the report wrote, or add --queue"
            )
    return rows


def _renamed(row: Mapping[str, Any]) -> dict[str, Any]:
    return {ALIASES.get(name, name): value for name, value in row.items()}


def _joined(answers: Iterable[Answer], queue: Path | None, file: Path) -> list[tuple[str, dict[str, Any]]]:
    """The rows of the queue that the answers are about, with the answers in them."""
    queue = queue or file.parent / exports.QUEUE_FILE
    if not queue.is_file():
        raise DataDoctorError(
            f"{file}: a tool's export, and no {queue}: save it beside the {exports.QUEUE_FILE} of its queue, or name that with --queue"
        )
    by_path = {str(row["path"]): row for _, row in _our_rows(queue)}
    by_priority = {str(row["priority"]): row for row in by_path.values() if "priority" in row}
    joined = []
    for answer in answers:
        row = by_path.get(answer.path) if answer.path else by_priority.get(answer.priority)
        if row is None:
            raise DataDoctorError(
                f"{answer.where}: an image that is not in {queue}; give the queue this export came from"
            )
        joined.append((answer.where, row | answer.fields(str(row["given_label"]), str(row["suggested_label"]))))
    return joined


def of_row(row: Mapping[str, Any], where: str) -> Iterator[Decision]:
    """The decisions in one row of a queue: none, one, or one a member of its group. ``where`` the row is, for errors."""
    texts = {name: str(row.get(name) or "") for name in Decision.__slots__ if name != "like"}
    decision = texts["decision"] = texts["decision"].strip().lower()
    if decision in ("", "skip"):
        return
    if decision not in DECISIONS:
        raise DataDoctorError(f"{where}: decision '{decision}' is none of {', '.join(DECISIONS)}; correct that row")
    if decision == "relabel" and not texts["new_label"]:
        raise DataDoctorError(f"{where}: 'relabel' without a new_label; write the new label there")
    if not texts["path"]:
        raise DataDoctorError(f"{where}: a decision without a path; correct that row")
    if decision == "relabel" and texts["new_label"] == texts["given_label"]:
        texts["decision"] = "keep"
    if texts["decision"] != "relabel":
        texts["new_label"] = ""
    one = Decision(**texts)
    yield one
    scope = str(row.get("scope") or "").strip().lower()
    if scope not in SCOPES:
        raise DataDoctorError(f"{where}: scope '{scope}' is neither empty nor 'group'; correct that row")
    if scope == "group":
        for member in _members(row, where):
            yield replace(one, path=member["path"], digest=member["digest"], key=member["key"], like=one.path)


def _members(row: Mapping[str, Any], where: str) -> list[dict[str, str]]:
    try:
        members = json.loads(row.get("members") or "[]")
        return [{name: str(member[name]) for name in ("path", "key", "digest")} for member in members]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise DataDoctorError(
            f"{where}: cannot read the column 'members' ({error}); restore it from the queue"
        ) from error
