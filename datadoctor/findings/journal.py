"""The journal of a review: what was decided, as it was decided; JSON Lines, one action a line.

An action is one key pressed: ``{"schema", "id", "when", "reviewer", "how", "decisions"}`` with all the images it was about, or
``{"schema", "id", "when", "reviewer", "undoes"}`` that takes another back. Lines are only ever added; each is written at once and
synced before anybody is told of it. A last line without its end was cut short by a kill, and counts as not written.
"""

from __future__ import annotations

import contextlib
import datetime
import json
import os
import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from datadoctor.errors import DataDoctorError
from datadoctor.files import regular
from datadoctor.findings.lines import made_of
from datadoctor.links import check_inside

SCHEMA = "datadoctor/review@1"
FILE = "review.jsonl"
# What an answer says of an image. '' takes the reviewer's earlier one back.
DECISIONS = ("", "keep", "relabel", "exclude", "ambiguous")
MOST_NAME = 100
_ID = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class Said:
    """One answer about one image, in the columns of a relabel queue that ``apply`` needs."""

    path: str
    digest: str
    given_label: str
    suggested_label: str
    decision: str
    new_label: str = ""
    key: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Action:
    """One key pressed. ``when``: ISO 8601, UTC. ``how``: '' for single answers, else how they came about ('selection', 'many').

    ``undoes``: the id of the action that is taken back, '' for one that decides.
    """

    id: str
    when: str
    reviewer: str
    how: str = ""
    decisions: tuple[Said, ...] = ()
    undoes: str = ""

    def line(self) -> bytes:
        """The line of the journal."""
        about = (
            {"undoes": self.undoes} if self.undoes else {"how": self.how, "decisions": [*map(asdict, self.decisions)]}
        )
        content = {"schema": SCHEMA, "id": self.id, "when": self.when, "reviewer": self.reviewer, **about}
        return json.dumps(content, separators=(",", ":")).encode("ascii") + b"\n"


def action(reviewer: str, *, how: str = "", decisions: Iterable[Said] = (), undoes: str = "") -> Action:
    """A new action of now."""
    when = datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")
    return Action(secrets.token_hex(8), when, reviewer, how, tuple(decisions), undoes)


class Journal:
    """A journal that is open for adding; another process may add to the same file."""

    def __init__(self, file: Path, *, read_only: bool = False) -> None:
        """Raises ``DataDoctorError`` where the file is no journal, or cannot be written."""
        self.file = file
        check_inside(file, file.parent)
        self._read_only = read_only
        self._size = 0
        self.actions: list[Action] = []
        if not read_only:
            _cut_torn(file)
        self.refresh()

    def add(self, one: Action) -> None:
        """Write an action and wait until it is on the disk."""
        if self._read_only:
            raise DataDoctorError("this review is read-only: nothing is decided in it")
        self._write(one.line())
        self.refresh()

    def refresh(self) -> None:
        """Read what was added since, by whomever."""
        if not self.file.exists():
            return
        with regular(self.file).open("rb") as stream:
            stream.seek(self._size)
            added = stream.read()
        whole = added[: added.rfind(b"\n") + 1]
        self.actions += _actions(whole, self.file, len(self.actions) + 1)
        self._size += len(whole)

    def _write(self, line: bytes) -> None:
        handle = os.open(self.file, os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o644)
        try:
            written = os.write(handle, line)
            if written != len(line):  # the disk is full: half a line must not stay before the next
                os.ftruncate(handle, os.fstat(handle).st_size - written)
                raise OSError(28, "No space left on device", str(self.file))
            os.fsync(handle)
        finally:
            os.close(handle)


def read(file: Path) -> list[Action]:
    """The actions of a journal; raises ``DataDoctorError`` naming the line that is none."""
    try:
        content = regular(file).read_bytes()
    except OSError as error:
        raise DataDoctorError(f"{file}: cannot read the journal: {error.strerror}; check the path") from error
    return _actions(content[: content.rfind(b"\n") + 1], file, 1)


def is_journal(file: Path) -> bool:
    """Whether a file is a journal: its first line says so."""
    try:
        with regular(file).open("rb") as stream:
            start = stream.read(len(SCHEMA) + 16)
    except OSError:
        return False
    return start.startswith(f'{{"schema":"{SCHEMA}"'.encode())


def merged(journals: Iterable[Sequence[Action]]) -> list[Action]:
    """The union of journals, each action once, in the order of time."""
    by_id = {one.id: one for actions in journals for one in actions}
    return sorted(by_id.values(), key=lambda one: (one.when, one.id))


def standing(actions: Iterable[Action]) -> list[Action]:
    """The actions that decide and were not undone, in their order."""
    actions = list(actions)
    undone = {one.undoes for one in actions if one.undoes}
    return [one for one in actions if not one.undoes and one.id not in undone]


def answers(actions: Iterable[Action]) -> dict[tuple[str, str], tuple[Action, Said]]:
    """The last answer that stands, by reviewer and path; those that were taken back are not in it."""
    found: dict[tuple[str, str], tuple[Action, Said]] = {}
    for one in standing(actions):
        for said in one.decisions:
            found.pop((one.reviewer, said.path), None)
            if said.decision:
                found[one.reviewer, said.path] = one, said
    return found


def true_labels(actions: Iterable[Action]) -> dict[str, tuple[str, str]]:
    """By path, the digest of the image and the class that all who kept or relabelled it say is right, where all answers agree."""
    said: dict[str, set[tuple[str, str]]] = {}
    for _, one in answers(actions).values():
        label = {"keep": one.given_label, "relabel": one.new_label}.get(one.decision, "")
        said.setdefault(one.path, set()).add((one.digest, label))
    return {path: next(iter(found)) for path, found in said.items() if len(found) == 1 and next(iter(found))[1]}


def last_of(actions: Sequence[Action], reviewer: str) -> Action | None:
    """What a reviewer's next undo takes back, None where there is nothing."""
    return next((one for one in reversed(standing(actions)) if one.reviewer == reviewer), None)


def _cut_torn(file: Path) -> None:
    """End the file after its last whole line: what comes next must not be glued to half a one."""
    with contextlib.suppress(FileNotFoundError), regular(file).open("r+b") as stream:
        content = stream.read()
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            stream.truncate(whole)
            os.fsync(stream.fileno())


def _actions(content: bytes, file: Path, first: int) -> list[Action]:
    advice = "restore it, or remove that line"
    return list(made_of(content, file, _action, what="a review's journal", advice=advice, first=first))


def _action(content: Mapping[str, Any]) -> Action:
    if content.get("schema") != SCHEMA:
        raise ValueError(f"no action of schema {SCHEMA}")
    texts = {name: content.get(name, "") for name in ("id", "when", "reviewer", "how", "undoes")}
    if not all(isinstance(one, str) for one in texts.values()) or not _ID.fullmatch(texts["id"]):
        raise ValueError("id, when, reviewer, how and undoes must be text")
    return Action(**texts, decisions=tuple(map(_said, content.get("decisions", ()))))


def _said(content: Mapping[str, Any]) -> Said:
    said = Said(**content)
    if not all(isinstance(one, str) for one in asdict(said).values()):
        raise ValueError("a decision must be of texts")
    if said.decision not in DECISIONS:
        raise ValueError(f"decision {said.decision!r} is none of {', '.join(filter(None, DECISIONS))}")
    return said
