"""The plan: what decisions would change, and which are refused, disputed or done already. Nothing is written here."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from datadoctor.relabel.apply.agreement import Agreement, Dispute, agreement, settle
from datadoctor.relabel.apply.decisions import Decision
from datadoctor.relabel.apply.log import Move
from datadoctor.relabel.apply.records import Records
from datadoctor.relabel.apply.targets import FolderTarget, ManifestTarget, Target, inside
from datadoctor.sources.spelling import folded

_KEY = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Refused:
    """A decision that is not carried out, and why."""

    decision: Decision
    reason: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What would happen; ``accepted`` decisions by path. ``moves`` only for folders of class folders."""

    target: Target
    records: Records
    accepted: tuple[Decision, ...]
    moves: tuple[Move, ...]
    done: tuple[Decision, ...]
    refused: tuple[Refused, ...]
    disputed: tuple[Dispute, ...]
    agreement: tuple[Agreement, ...]

    def those(self, decision: str) -> tuple[Decision, ...]:
        """The accepted ones of one kind."""
        return tuple(one for one in self.accepted if one.decision == decision)

    @property
    def groups(self) -> dict[str, tuple[Decision, ...]]:
        """What is decided by an answer for a whole group, by the path of its representative."""
        likes = dict.fromkeys(one.like for one in self.accepted if one.like)
        return {like: tuple(one for one in self.accepted if one.like == like) for like in likes}


def make_plan(
    decisions: Iterable[Decision], target: Target, records: Records, new_classes: Collection[str] = ()
) -> Plan:
    """Compare decisions with the dataset as it is now. ``new_classes``: labels that may be new to it."""
    decisions = list(decisions)
    agreed, disputed = settle(decisions)
    accepted: list[Decision] = []
    done: list[Decision] = []
    refused: list[Refused] = []
    for one in agreed:
        if inside(one.path) and _is_done(one, target, records):
            done.append(one)
        elif reason := _refusal(one, target, new_classes):
            refused.append(Refused(one, reason))
        else:
            accepted.append(one)
    moves, kept, clashes = _moves(accepted, target)
    return Plan(
        target,
        records,
        tuple(kept),
        tuple(moves),
        tuple(done),
        (*refused, *clashes),
        tuple(disputed),
        tuple(agreement(decisions)),
    )


def _is_done(one: Decision, target: Target, records: Records) -> bool:
    if one.decision == "relabel":
        return target.done(one.path, one.new_label, one.digest)
    if one.decision == "keep":
        return bool(one.key) and records.accepts(one.key)
    if one.decision == "exclude":
        return (one.path, one.digest) in records.excluded
    return (one.path, one.digest, one.given_label) in records.ambiguous


def _refusal(one: Decision, target: Target, new_classes: Collection[str]) -> str:
    """Why a decision must not be carried out, '' where it may."""
    if not inside(one.path):
        return "its path leads out of the dataset"
    label = target.label_of(one.path)
    if label is None:
        return "the dataset has no such image, or several labels for it"
    if label != one.given_label and folded(label) != folded(one.given_label):
        return f"its label is now '{label}', and the reviewer saw '{one.given_label}'"
    if target.digest(one.path) != one.digest:
        return "the file is gone" if not target.digest(one.path) else "the file is not the one that the reviewer saw"
    if one.decision == "keep" and not _KEY.fullmatch(one.key):
        return "there is no finding to accept: the row has no key"
    if one.decision == "relabel" and one.new_label not in target.classes and one.new_label not in new_classes:
        return f"'{one.new_label}' is no class of the dataset; if it should be, say so with --new-class"
    return ""


def _moves(accepted: Sequence[Decision], target: Target) -> tuple[list[Move], list[Decision], list[Refused]]:
    """The moves that relabelling means in a folder of class folders, what stays accepted, and what has no place to go."""
    if isinstance(target, ManifestTarget) or not isinstance(target, FolderTarget):
        return [], list(accepted), []
    moves: list[Move] = []
    kept: list[Decision] = []
    refused: list[Refused] = []
    taken: set[str] = set()
    for one in accepted:
        if one.decision != "relabel":
            kept.append(one)
            continue
        source, goal = target.name_on_disk(one.path), target.destination(one.path, one.new_label)
        if goal is None:
            refused.append(Refused(one, f"there is not one certain folder for '{one.new_label}': move it by hand"))
        elif goal in taken or _other_file(target.root / goal, target.root / source):
            refused.append(Refused(one, f"another image is called {goal} already"))
        else:
            taken.add(goal)
            kept.append(one)
            moves.append(Move(str(target.root.resolve()), source, goal, one.digest))
    return moves, kept, refused


def _other_file(goal: Path, source: Path) -> bool:
    """Whether something else than the image itself, half moved when a run was killed, has this name."""
    return goal.exists() and not goal.samefile(source)
