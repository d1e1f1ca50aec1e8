"""The desk: takes decisions into the journal, and knows what stands in it."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from datadoctor.errors import DataDoctorError
from datadoctor.findings import journal
from datadoctor.findings.journal import Action, Journal, Said
from datadoctor.review.standing import Standing, standings
from datadoctor.review.table import Table

HOWS = ("", "selection", "many", "spot check", "audit sample", "duplicates")
MOST_AT_ONCE = 100_000
_MOST_NOTE = 1_000


class Desk:
    """One journal and what stands in it. Safe to use from several threads."""

    def __init__(self, table: Table, file: Path, *, read_only: bool = False) -> None:
        self.table = table
        self.file = file
        self.read_only = read_only
        self._lock = threading.Lock()
        self._journal = Journal(file, read_only=read_only)
        self._known = -1
        self._standing: dict[int, Standing] = {}

    @property
    def standing(self) -> dict[int, Standing]:
        """What stands, by place."""
        with self._lock:
            self._journal.refresh()
            return self._current()

    @property
    def actions(self) -> list[Action]:
        """All actions so far; their number is the version that a page knows."""
        with self._lock:
            self._journal.refresh()
            return list(self._journal.actions)

    def decide(self, reviewer: str, decisions: Sequence[Mapping[str, Any]], how: str = "") -> Action:
        """Write down what a reviewer decided: each with ``place``, ``decision`` and perhaps ``label``, ``key`` and ``note``.

        Raises ``DataDoctorError`` for what cannot be decided; then nothing is written.
        """
        if how not in HOWS or not decisions or len(decisions) > MOST_AT_ONCE:
            raise DataDoctorError(f"at least one and at most {MOST_AT_ONCE:,} images are decided at once")
        said = [self._said(one) for one in decisions]
        return self._add(journal.action(named(reviewer), how=how, decisions=said))

    def undo(self, reviewer: str) -> Action | None:
        """Take back a reviewer's last action; None where there is none."""
        with self._lock:
            self._journal.refresh()
            last = journal.last_of(self._journal.actions, reviewer)
        if last is None:
            return None
        self._add(journal.action(named(reviewer), undoes=last.id))
        return last

    def since(self, version: int) -> dict[str, Any]:
        """What changed since the page knew ``version`` actions: the new version, and what stands of the images concerned."""
        actions = self.actions
        by_id = {one.id: one for one in actions}
        touched: set[int] = set()
        for one in actions[max(version, 0) :]:
            about = by_id.get(one.undoes, one) if one.undoes else one
            touched |= {self.table.place[said.path] for said in about.decisions if said.path in self.table.place}
        standing = self.standing
        return {"version": len(actions), "decisions": {at: _shown(standing.get(at)) for at in sorted(touched)}}

    def _add(self, action: Action) -> Action:
        with self._lock:
            self._journal.add(action)
        return action

    def _current(self) -> dict[int, Standing]:
        if self._known != len(self._journal.actions):
            # Of a million images the places are made when something is decided, not before the first view.
            self._standing = standings(self._journal.actions, self.table.place) if self._journal.actions else {}
            self._known = len(self._journal.actions)
        return self._standing

    def _said(self, wanted: Mapping[str, Any]) -> Said:
        place, decision = wanted.get("place"), wanted.get("decision")
        if not isinstance(place, int) or isinstance(place, bool) or not 0 <= place < len(self.table):
            raise DataDoctorError(f"there is no image {place!r} in this run")
        if decision not in journal.DECISIONS:
            raise DataDoctorError(f"decision {decision!r} is none of {', '.join(filter(None, journal.DECISIONS))}")
        texts = {name: wanted.get(name, "") for name in ("label", "key", "note")}
        if not all(isinstance(text, str) and len(text) <= _MOST_NOTE for text in texts.values()):
            raise DataDoctorError("label, key and note are short texts")
        row = self.table.items.iloc[place]
        said = Said(
            row["path"], row["digest"], row["given_label"], row["suggested_label"], decision, note=texts["note"]
        )
        key = texts["key"] or self.table.key.get(place, "")
        if decision != "relabel":
            return replace(said, key=key)
        label = texts["label"] or said.suggested_label
        if not self.table.is_label(label):
            raise DataDoctorError(f"{label!r} is no class of this run")
        return replace(said, key=key, new_label=label)


def named(reviewer: object) -> str:
    """A reviewer's name as it is kept; raises ``DataDoctorError`` for none, or one that is no short line of text."""
    if (
        not isinstance(reviewer, str)
        or not reviewer.strip()
        or len(reviewer) > journal.MOST_NAME
        or not reviewer.isprintable()
    ):
        raise DataDoctorError(f"a reviewer's name is one line of at most {journal.MOST_NAME} characters")
    return reviewer.strip()


def _shown(standing: Standing | None) -> dict[str, Any] | None:
    if standing is None:
        return None
    by = {
        who: {"decision": one.decision, "label": one.new_label, "key": one.key, "note": one.note}
        for who, one in standing.said.items()
    }
    return {"by": by, "how": standing.how, "disputed": standing.disputed}
