"""Carries out a plan, and takes it back."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Mapping
from pathlib import Path

from datadoctor.errors import DataDoctorError
from datadoctor.files import digest, move, remove_if_empty, write_whole
from datadoctor.findings import log
from datadoctor.findings.log import Correction, FileChange, Move, Transaction
from datadoctor.findings.records import Records
from datadoctor.relabel.apply.decisions import Decision
from datadoctor.relabel.apply.plan import Plan
from datadoctor.relabel.apply.recording import allowing, excluding
from datadoctor.relabel.apply.targets import ManifestTarget


def write(plan: Plan, by: str, now: datetime.datetime, out: Path | None = None) -> Transaction | None:
    """Log the plan, then change the files; None where there is nothing to do.

    ``by``: who is named where a decision names no reviewer. ``out``: write the corrected manifest there and leave the
    manifest alone. Killed at any moment, each file has its old or its new content, and the log says which were to change.
    Class folders that moves leave empty are removed; ``undo`` makes them again.
    """
    if not plan.accepted:
        return None
    contents = new_contents(plan, by, out)
    before = {file: digest(file) for file in contents}
    if isinstance(plan.target, ManifestTarget) and digest(plan.target.file) != plan.target.sha256:
        raise _changed(plan.target.file)
    files = tuple(FileChange(str(file.resolve()), before[file], _sha(content)) for file, content in contents.items())
    transaction = _transaction(plan, by, now, files)
    for file in contents:
        _back_up(file, plan.records)
    _append(plan.records.log_file, transaction.lines())
    for file, content in contents.items():
        if digest(file) != before[file]:
            raise _changed(file)
        write_whole(file.resolve(), content)
    for one in plan.moves:
        source = Path(one.root) / one.source
        move(source, Path(one.root) / one.target)
        remove_if_empty(source.parent, Path(one.root))
    return transaction


def undo(log_file: Path) -> Transaction:
    """Take the last transaction of a log back: every file byte for byte, every image to its folder.

    Raises ``DataDoctorError``, and changes nothing, if a file has changed since.
    """
    known = log.read(log_file)
    if not known:
        raise DataDoctorError(f"{log_file}: holds nothing to undo")
    last = known[-1]
    backups = log_file.parent / "backups"
    for change in last.files:
        _check_unchanged(change, backups)
    back = [one for one in last.moves if _has_moved(one)]
    for change in last.files:
        file = Path(change.file)
        if change.before:
            write_whole(file, (backups / change.before).read_bytes())
        else:
            file.unlink(missing_ok=True)
    for one in back:
        _move_back(one)
    _append(log_file, log.as_line({"undone": last.name}))
    return last


def new_contents(plan: Plan, by: str, out: Path | None = None) -> Mapping[Path, bytes]:
    """The files that the plan changes, with their new content."""
    contents: dict[Path, bytes] = {}
    relabels = {one.path: one.new_label for one in plan.those("relabel")}
    if relabels and isinstance(plan.target, ManifestTarget):
        contents[out or plan.target.file] = plan.target.manifest.with_labels(relabels)
    if keeps := plan.those("keep"):
        contents[plan.records.allow_file] = allowing(plan.records, keeps, by)
    if exclusions := plan.those("exclude"):
        contents[plan.records.excluded_file] = excluding(plan.records, exclusions)
    return contents


def _transaction(plan: Plan, by: str, now: datetime.datetime, files: tuple[FileChange, ...]) -> Transaction:
    when = now.isoformat()
    name = _sha(repr((when, files, plan.moves, plan.accepted)).encode("utf-8", "surrogatepass"))[:16]
    corrections = tuple(_correction(one, name, when, by) for one in plan.accepted)
    return Transaction(name, when, files, plan.moves, corrections)


def _correction(one: Decision, transaction: str, when: str, by: str) -> Correction:
    return Correction(
        transaction=transaction,
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


def _back_up(file: Path, records: Records) -> None:
    if file.is_file():
        content = file.read_bytes()
        write_whole(records.folder / "backups" / _sha(content), content)


def _append(file: Path, lines: bytes) -> None:
    write_whole(file, (file.read_bytes() if file.is_file() else b"") + lines)


def _changed(file: Path) -> DataDoctorError:
    return DataDoctorError(f"{file}: changed while decisions were being applied; run the same command again")


def _check_unchanged(change: FileChange, backups: Path) -> None:
    if digest(Path(change.file)) not in (change.before, change.after):
        raise DataDoctorError(f"{change.file}: changed since the decisions were applied; undo by hand from {backups}")
    if change.before and digest(backups / change.before) != change.before:
        raise DataDoctorError(f"{backups / change.before}: this backup is missing or damaged; cannot undo")


def _has_moved(one: Move) -> bool:
    """Whether there is something to move back; raises ``DataDoctorError`` where that would lose a file."""
    source, target = Path(one.root) / one.source, Path(one.root) / one.target
    if digest(target) == one.digest and (not source.exists() or source.samefile(target)):
        return True
    if digest(source) == one.digest:
        return False
    raise DataDoctorError(f"{target}: not the image that was moved there from {source}; undo by hand")


def _move_back(one: Move) -> None:
    source, target = Path(one.root) / one.source, Path(one.root) / one.target
    if source.exists():  # a crash left both names
        target.unlink()
    else:
        move(target, source)
    remove_if_empty(target.parent, Path(one.root))


def _sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
