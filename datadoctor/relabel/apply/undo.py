"""Takes the latest application in a log back: planned and shown first, and only in the dataset named by who takes it back.

The log may be a stranger's. Which files it changes is said by the caller; the log only says whether they are those, what they
held, and which images moved. Nothing is changed unless everything is as the log says.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shlex
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from datadoctor.console import cut, shown
from datadoctor.errors import DataDoctorError
from datadoctor.files import digest, digest_if_readable, move, remove_if_empty, write_whole
from datadoctor.findings import log
from datadoctor.findings.log import Bound, FileChange, Move, Transaction
from datadoctor.findings.records import Records
from datadoctor.links import check_inside, link_text, real, same_entry, standing
from datadoctor.relabel.apply.moves import leads_out, new_link
from datadoctor.relabel.apply.write import append
from datadoctor.sources import inside
from datadoctor.sources.walk import is_image_path

# Of what a log says of itself, in characters.
MOST_TEXT = 300


@dataclass(frozen=True, slots=True)
class Restored:
    """A file that gets its old content back, None if there was none; ``now``: its digest as it is."""

    file: Path
    now: str
    content: bytes | None


@dataclass(frozen=True, slots=True)
class Undo:
    """What taking back would do. ``root``: of the dataset, behind all links; ``moves`` are those still to go back."""

    log_file: Path
    root: Path
    transaction: Transaction
    files: tuple[Restored, ...]
    moves: tuple[Move, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """The dataset that may be changed, as named by who takes back: as for ``plan_decisions`` and ``write_plan``."""

    root: Path | None
    manifest: Path | None
    out: Path | None
    follow_links: bool


def plan_undo(log_file: Path, place: Place) -> Undo:
    """What taking back the latest application would do; writes nothing.

    Raises ``DataDoctorError`` where it was not made for this dataset, a file or image has changed since, a backup is not that
    of the log, or anything would be changed outside the dataset and the folder of the log.
    """
    known = log.read(log_file)
    if not known:
        raise DataDoctorError(f"{log_file}: holds nothing to undo")
    records = Records(log_file.parent)
    records.check_links(place.follow_links)
    check_inside(log_file, records.folder, place.follow_links)
    last = known[-1]
    root = _checked_root(last, log_file, place)
    files = tuple(_restored(change, last.name, records, place) for change in last.files)
    _check_moves(last.moves, log_file)
    return Undo(log_file, root, last, files, tuple(one for one in last.moves if _has_moved(one, root, place)))


def take_back(undo: Undo) -> None:
    """Do it: every file byte for byte, every image to its folder. Killed at any moment, the same can be done again."""
    for one in undo.files:
        if digest(one.file) != one.now:
            raise DataDoctorError(f"{one.file}: changed while it was being taken back; run the same command again")
        if one.content is None:
            real(one.file).unlink(missing_ok=True)
        else:
            write_whole(real(one.file), one.content)
    for image in undo.moves:
        source, target = undo.root / image.source, undo.root / image.target
        move(target, source, image.link)
        remove_if_empty(target.parent, undo.root)
    append(undo.log_file, log.as_line({"undone": undo.transaction.name}))


def undo_text(undo: Undo, most: int | None = None) -> str:
    """The files and moves in words, at most ``most`` moves; counted from the files, not from what the log says."""
    return "\n".join(_lines(undo, most)) + "\n"


def _lines(undo: Undo, most: int | None) -> Iterator[str]:
    who = ", ".join(dict.fromkeys(one.who for one in undo.transaction.corrections))
    count = len(undo.transaction.corrections)
    when = undo.transaction.when
    yield f"applied {shown(f'{when} by {who}')[:MOST_TEXT]}: {count:,} correction{'s' * (count != 1)}"
    for one in undo.files:
        yield f"  {shown(str(one.file))}: {_difference(one)}"
    if undo.moves:
        yield f"  move back: {len(undo.moves):,}"
        yield from cut((shown(f"    {one.target} -> {one.source}") for one in undo.moves), most)


def command(log_file: Path, bound: Bound) -> str:
    """How to take back what is bound to this dataset, for a shell in the current folder."""
    return shlex.join(["datadoctor", "apply", "--undo", str(log_file), *_options(log_file, bound)])


def _options(log_file: Path, bound: Bound) -> list[str]:
    named = (("--source", bound.root), ("--manifest", bound.manifest), ("--out", bound.out))
    folder = real(log_file.parent)
    return [text for option, way in named if way for text in (option, os.path.relpath(folder / way))]


def _checked_root(last: Transaction, log_file: Path, place: Place) -> Path:
    """The dataset's root; raises ``DataDoctorError`` where the transaction is not about what was named."""
    if last.bound is None:
        raise DataDoctorError(
            f"{log_file}: written by an earlier version, whose logs may name any file: undo by hand, from the folder backups beside it"
        )
    if last.named() != last:
        raise DataDoctorError(f"{log_file}: the lines of its latest application were changed since; restore the log")
    made_for = shlex.join(_options(log_file, last.bound))[:MOST_TEXT]
    root = place.root or (place.manifest.parent if place.manifest else None)
    if root is None:
        raise DataDoctorError(f"{log_file}: say which dataset it may change; it was made for {made_for}")
    if log.bound(log_file.parent, root, place.manifest, place.out) != last.bound:
        raise DataDoctorError(f"{log_file}: its latest application was made for {made_for}; name these, or another log")
    if not root.is_dir():
        raise DataDoctorError(f"{root}: not a folder; give the folder of images that was corrected")
    return real(root)


def _restored(change: FileChange, transaction: str, records: Records, place: Place) -> Restored:
    files = {
        "manifest": place.manifest, "out": place.out, "allow": records.allow_file, "excluded": records.excluded_file,
    }  # fmt: skip
    if path := change.role.partition(log.ANNOTATIONS)[2]:
        # Only what was annotations, below the dataset that was named, and only where the log knows what it held.
        file = place.root / path if place.root and change.before and inside(path) else None
    else:
        file = files[change.role]
    if file is None or (change.role == "manifest" and not change.before):
        raise DataDoctorError(f"{records.folder}: a log that no `datadoctor apply` wrote: nothing was changed")
    check_inside(file, place.root if path and place.root else file.parent, place.follow_links)
    now = digest(file)
    if now not in (change.before, change.after) or (not now and os.path.lexists(file)):
        raise DataDoctorError(
            f"{file}: changed since the decisions were applied; undo by hand from {records.folder / 'backups'}"
        )
    return Restored(file, now, _backup(records, transaction, change.before) if change.before else None)


def _backup(records: Records, transaction: str, before: str) -> bytes:
    """The content before, from the transaction's own backups."""
    kept = records.backup(transaction, before)
    check_inside(kept, records.folder)
    content = kept.read_bytes() if kept.is_file() else b""
    if hashlib.sha256(content).hexdigest() != before:
        raise DataDoctorError(f"{kept}: this backup is missing or damaged; cannot undo")
    return content


def _check_moves(moves: tuple[Move, ...], log_file: Path) -> None:
    """Raises ``DataDoctorError`` for moves that no application makes: of what is no image, or over another's place."""
    places = [path for one in moves for path in (one.source, one.target)]
    for one in moves:
        image = all(inside(path) and is_image_path(path) for path in (one.source, one.target))
        if not image or PurePosixPath(one.source).name != PurePosixPath(one.target).name or "\0" in one.link:
            raise DataDoctorError(
                f"{log_file}: moves {one.target[:MOST_TEXT]} to {one.source[:MOST_TEXT]}, as no `datadoctor apply` does: nothing "
                "was changed"
            )
    if len({str(PurePosixPath(path)) for path in places}) < len(places):
        raise DataDoctorError(f"{log_file}: moves an image twice, as no `datadoctor apply` does: nothing was changed")


def _has_moved(one: Move, root: Path, place: Place) -> bool:
    """Whether there is something to move back; raises ``DataDoctorError`` where that would lose or change a file."""
    if not place.follow_links and (reason := leads_out(root, one.source) or leads_out(root, one.target)):
        raise DataDoctorError(reason)
    source, target = root / one.source, root / one.target
    try:
        moved = (
            os.path.lexists(target)
            and digest_if_readable(target) == one.digest
            and link_text(target) == new_link(one, root)
        )
        if moved and (not os.path.lexists(source) or same_entry(source, target)):
            standing(source.parent)
            _can_be_called(one.source, root)
            return True
        if os.path.lexists(source) and digest_if_readable(source) == one.digest:
            return False
    except OSError as error:
        raise DataDoctorError(f"{source}: cannot be there: {error.strerror}; undo by hand") from error
    raise DataDoctorError(f"{target}: not the image that was moved there from {source}; undo by hand")


def _can_be_called(path: str, root: Path) -> None:
    """Raises ``OSError`` for a path with a name that the disk takes nowhere, which would stop the moves half way."""
    for tried in (path, *PurePosixPath(path).parts):
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            (root / tried).lstat()


def _difference(one: Restored) -> str:
    if one.content is None:
        return "deleted, for it was made then" if one.now else "deleted already"
    if hashlib.sha256(one.content).hexdigest() == one.now:
        return "as before already"
    now, before = (Counter(content.split(b"\n")) for content in (one.file.read_bytes(), one.content))
    return f"as before again: {(now - before).total():,} of its lines go, {(before - now).total():,} come back"
