"""The policy: how many new findings of each check a change may bring.

```toml
[tool.datadoctor.gate]                 # in datadoctor.toml: [gate]
profile = "recommended"                # strict, recommended or advisory
[tool.datadoctor.gate.checks]
image-quality = "off"
mislabel = { level = "error", max_new = 3, min_confidence = 0.9 }
conflicting-duplicate = { sure = 0.95 }
[[tool.datadoctor.gate.override]]      # the last that matches wins
path = "test/*"                        # * also matches /
checks.mislabel = { max_new = 0 }
```
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from datadoctor.console import nearest
from datadoctor.errors import DataDoctorError
from datadoctor.gate.policy.places import KeyPath, line_of
from datadoctor.toml import read_toml

DEFAULT_PROFILE = "recommended"


class Level(StrEnum):
    """What too many new findings do: nothing, a word, or a failing exit code."""

    OFF = "off"
    WARN = "warn"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Rule:
    """What is allowed of a check.

    ``max_new``: new findings; ``max_new_ratio``: new findings as a share of the changed images, in [0, 1]; where both are
    given, both hold; where neither is, no new finding is allowed. ``min_confidence`` in [0, 1]: the score from which on a
    finding counts. ``sure`` in [0, 1]: the score from which on a finding of level error fails the gate; less sure ones only warn.
    """

    level: Level = Level.WARN
    max_new: int | None = None
    max_new_ratio: float | None = None
    min_confidence: float = 0.0
    sure: float = 0.0

    @property
    def less_sure(self) -> Rule:
        """The rule for findings that are less sure than ``sure``: the same, but a warning."""
        return replace(self, level=Level.WARN, sure=0.0)

    def budget(self, n_changed: int) -> int:
        """How many new findings are allowed for this many changed images."""
        limits = [] if self.max_new is None else [self.max_new]
        if self.max_new_ratio is not None:
            limits.append(int(self.max_new_ratio * n_changed + 1e-9))
        return min(limits, default=0)


@dataclass(frozen=True, slots=True)
class Override:
    """Rules for some images only: those whose path matches the pattern and whose split is this one ('' for any)."""

    path: str
    split: str
    options: Mapping[str, Mapping[str, Any]]

    @property
    def name(self) -> str:
        """For reports."""
        return " ".join(filter(None, (self.path, self.split and f"split {self.split}")))

    def matches(self, path: str, split: str) -> bool:
        """Whether an image is one of those."""
        return fnmatchcase(path, self.path or "*") and self.split in ("", split)


@dataclass(frozen=True, slots=True)
class Policy:
    """The rule of every check, and where other rules hold."""

    profile: str
    rules: Mapping[str, Rule]
    overrides: tuple[Override, ...] = ()

    def scope(self, check: str, subjects: Sequence[tuple[str, str]]) -> tuple[str, Rule]:
        """The rule for a finding about these images (path, split) and the name of its override ('' for none)."""
        for override in reversed(self.overrides):
            if check in override.options and any(override.matches(*subject) for subject in subjects):
                return override.name, replace(self.rule(check), **override.options[check])
        return "", self.rule(check)

    def rule(self, check: str) -> Rule:
        """The rule of a check where no override holds; a check of another version only warns."""
        return self.rules.get(check, Rule())


# What no dataset should take in: each is wrong for sure, or nearly so.
_ERRORS = {
    "unreadable-image": Rule(Level.ERROR),
    "split-leak": Rule(Level.ERROR),
    "group-leak": Rule(Level.ERROR),
    "sequence-leak": Rule(Level.ERROR),
    # As the check itself says: below it they are probably copies (`stages.duplicates.groups.SURE`).
    "conflicting-duplicate": Rule(Level.ERROR, sure=0.9),
    "mislabel": Rule(Level.ERROR, min_confidence=0.5),
    "extra-label": Rule(Level.ERROR, min_confidence=0.5),
    "missing-label": Rule(Level.ERROR, min_confidence=0.5),
}
PROFILES: dict[str, Callable[[str], Rule]] = {
    "strict": lambda check: Rule(Level.ERROR),
    "recommended": lambda check: _ERRORS.get(check, Rule(Level.WARN)),
    "advisory": lambda check: Rule(Level.WARN),
}


def default_file() -> Path | None:
    """The settings file here, None without one."""
    return next((file for file in (Path("datadoctor.toml"), Path("pyproject.toml")) if file.is_file()), None)


def read(file: Path | None, checks: Sequence[str], profile: str | None = None) -> Policy:
    """The policy of a settings file (None: the profile's alone); ``profile`` replaces the file's.

    Raises ``DataDoctorError`` naming file and line for an unknown key, check or value.
    """
    text, document, head = ("", {}, ()) if file is None else _document(file)
    return _Reader(file or Path("--profile"), text, head, tuple(checks)).policy(document, profile)


def _document(file: Path) -> tuple[str, Any, KeyPath]:
    text, document = read_toml(file, "the policy", "the --config path")
    head = ("tool", "datadoctor", "gate") if file.name == "pyproject.toml" or "tool" in document else ("gate",)
    gate: Any = document
    for name in head:
        gate = gate.get(name, {}) if isinstance(gate, dict) else gate
    return text, gate, head


@dataclass(frozen=True, slots=True)
class _Reader:
    file: Path
    text: str
    head: KeyPath
    checks: tuple[str, ...]
    known: tuple[str, ...] = field(default=tuple(one.name for one in fields(Rule)))

    def policy(self, gate: Any, profile: str | None) -> Policy:
        self._only(gate, ("profile", "checks", "override"), ())
        name = profile or gate.get("profile", DEFAULT_PROFILE)
        if name not in PROFILES:
            raise self._wrong(("profile",), f"unknown profile {name!r}; choose one of {', '.join(PROFILES)}")
        options = self._options(gate.get("checks", {}), ("checks",))
        rules = {check: replace(PROFILES[name](check), **options.get(check, {})) for check in self.checks}
        return Policy(name, rules, self._overrides(gate.get("override", [])))

    def _overrides(self, entries: Any) -> tuple[Override, ...]:
        if not isinstance(entries, list):
            raise self._wrong(("override",), "'override' must be written as [[…override]]")
        return tuple(self._override(entry, ("override", number)) for number, entry in enumerate(entries))

    def _override(self, entry: Any, at: KeyPath) -> Override:
        self._only(entry, ("path", "split", "checks"), at)
        path, split = entry.get("path", ""), entry.get("split", "")
        if not (isinstance(path, str) and isinstance(split, str) and (path or split)):
            raise self._wrong(at, "an override needs 'path', a pattern, or 'split', a name")
        return Override(path, split, self._options(entry.get("checks", {}), (*at, "checks")))

    def _options(self, checks: Any, at: KeyPath) -> dict[str, dict[str, Any]]:
        self._only(checks, self.checks, at, "check")
        return {check: self._rule(given, (*at, check)) for check, given in checks.items()}

    def _rule(self, given: Any, at: KeyPath) -> dict[str, Any]:
        options = {"level": given} if isinstance(given, str) else given
        self._only(options, self.known, at)
        # Who gives a level means it of every finding of the check.
        options = {"sure": 0.0, **options} if "level" in options else options
        return {
            name: self._value(name, value, at if isinstance(given, str) else (*at, name))
            for name, value in options.items()
        }

    def _value(self, name: str, value: Any, at: KeyPath) -> Any:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if name == "level":
            if value not in tuple(Level):
                raise self._wrong(at, f"level {value!r}; choose off, warn or error")
            return Level(value)
        if name == "max_new" and not (number and isinstance(value, int) and value >= 0):
            raise self._wrong(at, f"max_new {value!r}; give a whole number, 0 or more")
        if name != "max_new" and not (number and 0 <= value <= 1):
            raise self._wrong(at, f"{name} {value!r}; give a number from 0 to 1")
        return value

    def _only(self, table: Any, known: Sequence[str], at: KeyPath, what: str = "key") -> None:
        if not isinstance(table, dict):
            raise self._wrong(at, f"'{at[-1] if at else 'gate'}' must be a table, not {table!r}")
        for name in table:
            if name not in known:
                raise self._wrong(
                    (*at, name), f"unknown {what} '{name}'{nearest(name, known)}; choose from {', '.join(known)}"
                )

    def _wrong(self, at: KeyPath, why: str) -> DataDoctorError:
        line = line_of(self.text, (*self.head, *at))
        return DataDoctorError(f"{self.file}{f':{line}' if line else ''}: {why}")
