"""The correction log: JSON Lines, one transaction after the other.

A transaction is a line ``{"transaction", "when", "files", "moves", ...}`` that says what is about to be written, then one line
a correction (who, when, before, after, key, digest), then, if it is taken back, ``{"undone"}`` with its name. It is in the
log before the first byte of the dataset changes, so that whatever happens can be seen and undone.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from datadoctor.errors import DataDoctorError
from datadoctor.files import regular

_SURROGATES = re.compile("[\ud800-\udfff]")
SCHEMA = "datadoctor/corrections@1"
Made = TypeVar("Made")


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
    """A file that changed: sha256 hex before ('' if there was none) and after. Backups are named by the digest before."""

    file: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Move:
    """An image that moved below ``root``, by its names on the disk (``os.fsdecode``), and its digest."""

    root: str
    source: str
    target: str
    digest: str


@dataclass(frozen=True, slots=True)
class Transaction:
    """What one ``apply`` changes."""

    name: str
    when: str
    files: tuple[FileChange, ...]
    moves: tuple[Move, ...]
    corrections: tuple[Correction, ...]

    def lines(self) -> bytes:
        """The lines of the log."""
        changed = {
            "files": list(map(dataclasses.asdict, self.files)),
            "moves": list(map(dataclasses.asdict, self.moves)),
        }
        head = {"schema": SCHEMA, "transaction": self.name, "when": self.when, **changed}
        return b"".join(map(as_line, [head, *map(dataclasses.asdict, self.corrections)]))


def read(file: Path) -> list[Transaction]:
    """The transactions that were not undone, oldest first; none if there is no log."""
    found: dict[str, Transaction] = {}
    corrections: dict[str, list[Correction]] = {}
    for number, content in enumerate(_lines(file), start=1):
        try:
            if "undone" in content:
                found.pop(content["undone"], None)
            elif "schema" in content:
                files = tuple(_made(FileChange, one) for one in content["files"])
                moves = tuple(_made(Move, one) for one in content["moves"])
                head = _made(_Head, {name: content[name] for name in ("transaction", "when")})
                found[head.transaction] = Transaction(head.transaction, head.when, files, moves, ())
            else:
                one = _made(Correction, content)
                corrections.setdefault(one.transaction, []).append(one)
        except (KeyError, TypeError, AttributeError) as error:
            raise DataDoctorError(
                f"{file}:{number}: not a line of a correction log ({error}); restore the log"
            ) from error
    return [dataclasses.replace(one, corrections=tuple(corrections.get(name, ()))) for name, one in found.items()]


def in_force(file: Path) -> Sequence[Correction]:
    """All corrections that were not undone."""
    return [one for transaction in read(file) for one in transaction.corrections]


def as_line(content: dict[str, Any]) -> bytes:
    """One line of the log."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    if not text.isascii() and _SURROGATES.search(text):  # a name on disk that is not UTF-8
        text = json.dumps(content, separators=(",", ":"))
    return text.encode() + b"\n"


@dataclass(frozen=True, slots=True)
class _Head:
    transaction: str
    when: str


def _made(kind: type[Made], content: dict[str, Any]) -> Made:
    """An entry, whose fields are all texts; raises ``TypeError`` for any other."""
    for name, value in content.items():
        if not isinstance(value, str):
            raise TypeError(f"{name} is {value!r}, not a text")
    return kind(**content)


def _lines(file: Path) -> list[dict[str, Any]]:
    if not file.exists():
        return []
    try:
        return [json.loads(line) for line in regular(file).read_text(encoding="utf-8").split("\n") if line]
    except (OSError, ValueError, RecursionError) as error:
        raise DataDoctorError(f"{file}: cannot read the correction log: {error}; restore it") from error
