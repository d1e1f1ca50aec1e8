"""Suppressions: findings that somebody looked at and accepts, each with a reason and someone to ask.

```toml
[[allow]]
key = "3b1f9a7c…"              # of the finding: 8 or more of its 32 hex digits
reason = "museum scan, really is a cat"
owner = "mara"
expires = 2027-01-31           # optional: the first day on which it no longer holds
```
"""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datadoctor.errors import DataDoctorError
from datadoctor.toml import read_toml

DEFAULT_FILE = Path(".datadoctor/allow.toml")
FIELDS = ("key", "reason", "owner", "expires")
_KEY = re.compile(r"[0-9a-f]{8,32}")


@dataclass(frozen=True, slots=True)
class Suppression:
    """An accepted finding; ``key`` may be its first digits. It holds until the day before ``expires``."""

    key: str
    reason: str
    owner: str
    expires: datetime.date | None = None

    def covers(self, key: str) -> bool:
        """Whether it is about the finding with this key."""
        return key.startswith(self.key)

    def expired(self, today: datetime.date) -> bool:
        """Whether it no longer holds on this day."""
        return self.expires is not None and today >= self.expires


def read(file: Path) -> tuple[Suppression, ...]:
    """The suppressions of a file; raises ``DataDoctorError`` naming the line of an entry that cannot be used."""
    text, document = read_toml(file, "the suppressions", "the path")
    entries = document.get("allow", [])
    if document.keys() - {"allow"} or not isinstance(entries, list):
        raise DataDoctorError(f"{file}: holds something else than [[allow]] entries; remove it")
    lines = [number for number, line in enumerate(text.splitlines(), 1) if re.match(r"\s*\[\[\s*allow\s*\]\]", line)]
    where = [f"{file}:{line}" for line in lines] if len(lines) == len(entries) else [str(file)] * len(entries)
    return tuple(_suppression(entry, place) for entry, place in zip(entries, where, strict=True))


def write(suppressions: Iterable[Suppression], file: Path) -> None:
    """Write the suppressions, sorted by key."""
    ordered = sorted(suppressions, key=lambda one: (one.key, one.reason))
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join(map(_entry, ordered)), encoding="utf-8", newline="\n")


def _suppression(entry: Mapping[str, Any], where: str) -> Suppression:
    unknown = sorted(set(entry) - set(FIELDS)) if isinstance(entry, dict) else ["(not a table)"]
    if unknown:
        raise DataDoctorError(f"{where}: unknown '{unknown[0]}'; an entry has {', '.join(FIELDS)}")
    for name in ("key", "reason", "owner"):
        if not isinstance(entry.get(name), str) or not entry[name].strip():
            raise DataDoctorError(f"{where}: an entry needs '{name}', some text")
    if not _KEY.fullmatch(entry["key"]):
        raise DataDoctorError(
            f"{where}: key {entry['key']!r} is not 8 to 32 hex digits; copy it from the gate's report"
        )
    expires = entry.get("expires")
    if expires is not None and type(expires) is not datetime.date:
        raise DataDoctorError(f"{where}: 'expires' must be a date such as 2027-01-31, without quotes, not {expires!r}")
    return Suppression(entry["key"], entry["reason"].strip(), entry["owner"].strip(), expires)


def _entry(one: Suppression) -> str:
    # A JSON string without surrogates is a TOML basic string, but for the delete character.
    texts = {name: json.dumps(getattr(one, name), ensure_ascii=False).replace("\x7f", "\\u007f") for name in FIELDS[:3]}
    lines = ["[[allow]]", *(f"{name} = {text}" for name, text in texts.items())]
    return "\n".join(lines + ([f"expires = {one.expires.isoformat()}"] if one.expires else [])) + "\n"
