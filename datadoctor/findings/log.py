"""The correction log: JSON Lines, one transaction after the other.

A transaction is a line ``{"schema", "transaction", "when", "bound", "files", "moves"}`` that says what is about to be written,
then one line a correction (who, when, before, after, key, digest), then, if it is taken back, ``{"undone"}`` with its name. It is
in the log before the first byte of the dataset changes, so that whatever happens can be seen and undone.

A log may come from anybody. It therefore names no file, only the part that a file plays ('manifest'), images below the dataset's
root, and the dataset it was made for; which files these are says who takes it back.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from datadoctor.errors import DataDoctorError
from datadoctor.files import regular
from datadoctor.findings.lines import made_of
from datadoctor.links import real

_SURROGATES = re.compile("[\ud800-\udfff]")
_DIGEST = re.compile(r"([0-9a-f]{64})?")
_NAME = re.compile(r"[0-9a-f]{16}")
SCHEMA = "datadoctor/corrections@2"
# Named files by their paths, anywhere: their corrections are known, but they are not taken back.
EARLIER = "datadoctor/corrections@1"
ROLES = ("manifest", "out", "allow", "excluded")
# A role that begins so names annotations of objects, by their path below the root.
ANNOTATIONS = "annotations:"
_ANNOTATIONS = re.compile(
    rf"{ANNOTATIONS}(?!/)(?!.*(?:^|[:/])\.\.(?:/|$))[^\0\\]+\.(?:json|txt|xml)", re.IGNORECASE | re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Correction:
    """One decision that was carried out; ``before`` and ``after`` are labels, equal where the label stays."""

    transaction: str
    when: str
    who: str
    decision: str
    path: str
    before: str
    after: str
    key: str
    digest: str
    note: str
    like: str


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file that changed, by its role: sha256 hex before ('' if there was none) and after.

    Roles: the 'manifest', the manifest that was written as 'out', of the records 'allow' and 'excluded', and
    'annotations:train/a.xml'.
    """

    role: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Move:
    """An image that moved below the root, by its names on the disk (``os.fsdecode``), and the digest of its bytes.

    ``link``: what the link said before, where the image is one; '' for files.
    """

    source: str
    target: str
    digest: str
    link: str


@dataclass(frozen=True, slots=True)
class Bound:
    """The dataset a transaction is about: its root, manifest and ``out``, as they lie from the log's folder; '' for none."""

    root: str
    manifest: str
    out: str


@dataclass(frozen=True, slots=True)
class Transaction:
    """What one ``apply`` changes. ``name`` is a digest of all else; ``bound`` is None in logs of the earlier schema."""

    name: str
    when: str
    bound: Bound | None
    files: tuple[FileChange, ...]
    moves: tuple[Move, ...]
    corrections: tuple[Correction, ...]

    def lines(self) -> bytes:
        """The lines of the log."""
        parts = {
            "bound": dataclasses.asdict(self.bound) if self.bound else None,
            "files": list(map(dataclasses.asdict, self.files)),
            "moves": list(map(dataclasses.asdict, self.moves)),
        }
        head = {"schema": SCHEMA, "transaction": self.name, "when": self.when, **parts}
        return b"".join(map(as_line, [head, *map(dataclasses.asdict, self.corrections)]))

    def named(self) -> Transaction:
        """The same under its own name."""
        unnamed = self._called("")
        return unnamed._called(hashlib.sha256(unnamed.lines()).hexdigest()[:16])

    def _called(self, name: str) -> Transaction:
        return replace(self, name=name, corrections=tuple(replace(one, transaction=name) for one in self.corrections))


def bound(folder: Path, root: Path, manifest: Path | None, out: Path | None) -> Bound:
    """What a log in ``folder`` is bound to; all may move together, so the way from one to the other counts."""

    def way(file: Path | None) -> str:
        if file is None:
            return ""
        try:
            return os.path.relpath(real(file), real(folder))
        except ValueError:  # another drive
            return str(real(file))

    return Bound(way(root), way(manifest), way(out))


def read(file: Path) -> list[Transaction]:
    """The transactions that were not undone, oldest first; none if there is no log."""
    found: dict[str, Transaction] = {}
    corrections: dict[str, list[Correction]] = {}
    for one in made_of(_content(file), file, _line, what="a correction log", advice="restore the log"):
        if isinstance(one, Transaction):
            found[one.name] = one
        elif isinstance(one, Correction):
            corrections.setdefault(one.transaction, []).append(one)
        else:
            found.pop(one, None)
    return [replace(one, corrections=tuple(corrections.get(name, ()))) for name, one in found.items()]


def in_force(file: Path) -> Sequence[Correction]:
    """All corrections that were not undone."""
    return [one for transaction in read(file) for one in transaction.corrections]


def as_line(content: dict[str, Any]) -> bytes:
    """One line of the log."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    if not text.isascii() and _SURROGATES.search(text):  # a name on disk that is not UTF-8
        text = json.dumps(content, separators=(",", ":"))
    return text.encode() + b"\n"


def _line(content: dict[str, Any]) -> Transaction | Correction | str:
    """What a line says: a transaction, a correction, or the name of a transaction that was undone."""
    if "undone" in content:
        return _texts({"undone": content["undone"]})["undone"]
    return _transaction(content) if "schema" in content else Correction(**_texts(content))


def _transaction(content: dict[str, Any]) -> Transaction:
    head = _texts({name: content[name] for name in ("schema", "transaction", "when")})
    if head["schema"] == EARLIER:
        return Transaction(head["transaction"], head["when"], None, (), (), ())
    if head["schema"] != SCHEMA:
        raise ValueError(f"schema {head['schema']!r}, expected {SCHEMA!r}")
    files = tuple(FileChange(**_texts(one)) for one in content["files"])
    moves = tuple(Move(**_texts(one)) for one in content["moves"])
    _check(all(one.role in ROLES or _ANNOTATIONS.fullmatch(one.role) for one in files), "a file of unknown role")
    _check(len({one.role for one in files}) == len(files), "a file twice")
    digests = [*(text for one in files for text in (one.before, one.after)), *(one.digest for one in moves)]
    _check(all(map(_DIGEST.fullmatch, digests)) and all(one.after for one in files), "a digest that is none")
    _check(bool(_NAME.fullmatch(head["transaction"])), "a name that is none")
    return Transaction(head["transaction"], head["when"], Bound(**_texts(content["bound"])), files, moves, ())


def _texts(content: Any) -> dict[str, str]:
    _check(isinstance(content, dict) and all(isinstance(one, str) for one in content.values()), "not text")
    return dict(content)


def _check(holds: bool, otherwise: str) -> None:
    if not holds:
        raise ValueError(otherwise)


def _content(file: Path) -> bytes:
    if not os.path.lexists(file):
        return b""
    try:
        return regular(file).read_bytes()
    except OSError as error:
        raise DataDoctorError(f"{file}: cannot read the correction log: {error}; restore it") from error
