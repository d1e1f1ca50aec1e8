"""The plan: what decisions would change, and which are refused, disputed or done already. Nothing is written here."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from datadoctor.errors import DataDoctorError
from datadoctor.findings.log import Move
from datadoctor.findings.records import Records
from datadoctor.relabel.apply.agreement import Agreement, Dispute, agreement, settle
from datadoctor.relabel.apply.decisions import Decision
from datadoctor.relabel.apply.moves import plan_moves
from datadoctor.relabel.apply.targets import FolderTarget, Target
from datadoctor.sources import inside

# Of the finding, or of all findings about the labels of one image.
_KEYS = re.compile(r"[0-9a-f]{32}( [0-9a-f]{32})*")


@dataclass(frozen=True, slots=True)
class Refused:
    """A decision that is not carried out, and why."""

    decision: Decision
    reason: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What would happen; ``accepted`` decisions by path. ``moves`` only for folders of class folders.

    ``follow_links``: also where links lead out of the dataset, or out of the folder that a file to write is named in.
    """

    target: Target
    records: Records
    accepted: tuple[Decision, ...]
    moves: tuple[Move, ...]
    done: tuple[Decision, ...]
    refused: tuple[Refused, ...]
    disputed: tuple[Dispute, ...]
    agreement: tuple[Agreement, ...]
    follow_links: bool = False

    def those(self, decision: str) -> tuple[Decision, ...]:
        """The accepted ones of one kind."""
        return tuple(one for one in self.accepted if one.decision == decision)

    @property
    def groups(self) -> dict[str, tuple[Decision, ...]]:
        """What is decided by an answer for a whole group, by the path of its representative."""
        likes = dict.fromkeys(one.like for one in self.accepted if one.like)
        return {like: tuple(one for one in self.accepted if one.like == like) for like in likes}


def make_plan(
    decisions: Iterable[Decision],
    target: Target,
    records: Records,
    new_classes: Collection[str] = (),
    follow_links: bool = False,
) -> Plan:
    """Compare decisions with the dataset as it is now. ``new_classes``: labels that may be new to it.

    Raises ``DataDoctorError`` where most of the images are not there.
    """
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
    _check_found(agreed, refused, target)
    moves: list[Move] = []
    reasons: Mapping[str, str] = {}
    if isinstance(target, FolderTarget):
        relabels = [one for one in accepted if one.decision == "relabel"]
        moves, reasons = plan_moves(relabels, target, records, follow_links)
    return Plan(
        target,
        records,
        tuple(one for one in accepted if one.path not in reasons),
        tuple(moves),
        tuple(done),
        (*refused, *(Refused(one, reasons[one.path]) for one in accepted if one.path in reasons)),
        tuple(disputed),
        tuple(agreement(decisions)),
        follow_links,
    )


def _check_found(agreed: Sequence[Decision], refused: Sequence[Refused], target: Target) -> None:
    """Raises ``DataDoctorError`` where most images are not there: the folder is the wrong one, not the decisions."""
    gone = [one.decision.path for one in refused if inside(one.decision.path) and not target.there(one.decision.path)]
    if 2 * len(gone) > len(agreed):
        count = "none" if len(gone) == len(agreed) else f"only {len(agreed) - len(gone):,}"
        raise DataDoctorError(
            f"{count} of {len(agreed):,} images {'is' if count == 'none' else 'are'} below {target.root}, not even "
            f"'{gone[0]}'; give the folder that the paths start from with --source"
        )


def _is_done(one: Decision, target: Target, records: Records) -> bool:
    if one.decision == "relabel":
        return target.done(one)
    if one.decision == "keep":
        return bool(one.key) and all(map(records.accepts, one.key.split()))
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
    if not target.stands(one):
        return f"its label is now '{label}', and the reviewer saw '{one.given_label}'"
    if target.digest(one.path) != one.digest:
        return "the file is gone" if not target.digest(one.path) else "the file is not the one that the reviewer saw"
    if one.decision == "keep" and not _KEYS.fullmatch(one.key):
        return "there is no finding to accept: the row has no key"
    new = target.names(one.new_label) if one.decision == "relabel" else ()
    unknown = next((name for name in new if name not in target.classes and name not in new_classes), None)
    return (
        "" if unknown is None else f"'{unknown}' is no class of the dataset; if it should be, say so with --new-class"
    )
