"""Carries out a plan."""

from __future__ import annotations

import datetime
import hashlib
from dataclasses import dataclass
from pathlib import Path

from datadoctor.errors import DataDoctorError
from datadoctor.files import digest, move, remove_if_empty, write_whole
from datadoctor.findings.log import ANNOTATIONS, Correction, FileChange, Transaction, bound
from datadoctor.links import check_inside, real
from datadoctor.relabel.apply.annotated import BoxTarget
from datadoctor.relabel.apply.decisions import Decision
from datadoctor.relabel.apply.moves import new_link
from datadoctor.relabel.apply.onehot import OneHotTarget
from datadoctor.relabel.apply.plan import Plan
from datadoctor.relabel.apply.recording import allowing, excluding
from datadoctor.relabel.apply.targets import ManifestTarget


@dataclass(frozen=True, slots=True)
class NewContent:
    """What a file is to hold; ``role`` as in the log, ``before``: its digest now, '' if there is none."""

    role: str
    file: Path
    before: str
    content: bytes


def write(plan: Plan, by: str, now: datetime.datetime, out: Path | None = None) -> Transaction | None:
    """Log the plan, then change the files; None where there is nothing to do.

    ``by``: who is named where a decision names no reviewer. ``out``: write the corrected manifest there and leave the
    manifest alone. Killed at any moment, each file has its old or its new content, and the log says which were to change.
    Class folders that moves leave empty are removed; taking it back makes them again.
    """
    if not plan.accepted:
        return None
    contents = new_contents(plan, by, out)
    if isinstance(plan.target, ManifestTarget) and digest(plan.target.file) != plan.target.sha256:
        raise _changed(plan.target.file)
    transaction = _transaction(plan, by, now, contents, out)
    for one in contents:
        if one.before:
            write_whole(plan.records.backup(transaction.name, one.before), one.file.read_bytes())
    append(plan.records.log_file, transaction.lines())
    for one in contents:
        if digest(one.file) != one.before:
            raise _changed(one.file)
        write_whole(real(one.file), one.content)
    root = real(plan.target.root)
    for image in plan.moves:
        move(root / image.source, root / image.target, new_link(image, root))
        remove_if_empty((root / image.source).parent, root)
    return transaction


def new_contents(plan: Plan, by: str, out: Path | None = None) -> list[NewContent]:
    """The files that the plan changes, with their new content."""
    contents: list[NewContent] = []

    def add(role: str, file: Path, content: bytes, folder: Path | None = None) -> None:
        check_inside(file, folder or file.parent, plan.follow_links)
        contents.append(NewContent(role, file, digest(file), content))

    relabels = plan.those("relabel")
    if relabels and isinstance(plan.target, ManifestTarget):
        add("out" if out else "manifest", out or plan.target.file, plan.target.content(relabels))
    if relabels and isinstance(plan.target, BoxTarget | OneHotTarget):
        if out:
            raise DataDoctorError(f"{out}: --out is for manifests; annotations are corrected where they are")
        for path, content in plan.target.contents(relabels).items():
            add(f"{ANNOTATIONS}{path}", plan.target.root / path, content, plan.target.root)
    if keeps := plan.those("keep"):
        add("allow", plan.records.allow_file, allowing(plan.records, keeps, by))
    if exclusions := plan.those("exclude"):
        add("excluded", plan.records.excluded_file, excluding(plan.records, exclusions))
    return contents


def append(log_file: Path, lines: bytes) -> None:
    """Add lines to a log, which is whole at any moment."""
    write_whole(real(log_file), (log_file.read_bytes() if log_file.is_file() else b"") + lines)


def _transaction(
    plan: Plan, by: str, now: datetime.datetime, contents: list[NewContent], out: Path | None
) -> Transaction:
    manifest = plan.target.file if isinstance(plan.target, ManifestTarget) else None
    when = now.isoformat()
    return Transaction(
        "",
        when,
        bound(plan.records.folder, plan.target.root, manifest, out),
        tuple(FileChange(one.role, one.before, hashlib.sha256(one.content).hexdigest()) for one in contents),
        plan.moves,
        tuple(_correction(one, when, by) for one in plan.accepted),
    ).named()


def _correction(one: Decision, when: str, by: str) -> Correction:
    return Correction(
        transaction="",
        when=when,
        who=one.reviewer or by,
        decision=one.decision,
        path=one.path,
        before=one.given_label,
        after=one.new_label or one.given_label,
        key=one.key,
        digest=one.digest,
        note=one.note,
        like=one.like,
    )


def _changed(file: Path) -> DataDoctorError:
    return DataDoctorError(f"{file}: changed while decisions were being applied; run the same command again")
