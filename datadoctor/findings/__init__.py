"""Findings: what a check says, with an identity that survives shuffling, renaming and retraining."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

Evidence: TypeAlias = Mapping[str, str | int | float | bool | None]


class Severity(StrEnum):
    """How bad a finding is for a model trained or tested on this data."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class ItemRef:
    """An image in a finding: ``digest`` is its pixel digest, or its byte digest when it cannot be decoded."""

    path: str
    digest: str
    label: str = ""
    split: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One fact about the dataset that someone may have to act on.

    ``score`` is in [0, 1] and larger is worse. ``items`` are the images and ``labels`` the class names it is about;
    both enter the key, so relabelling an item re-opens its findings. ``evidence`` holds the numbers behind the message.
    """

    check: str
    severity: Severity
    score: float
    message: str
    items: tuple[ItemRef, ...] = ()
    labels: tuple[str, ...] = ()
    suggestion: str = ""
    evidence: Evidence = field(default_factory=dict)

    @property
    def key(self) -> str:
        """32 hex digits of check, sorted item digests and sorted labels: no rows, scores or paths."""
        parts = [self.check, *sorted(item.digest for item in self.items), "", *sorted(self.labels)]
        return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Ran:
    """The check ran over everything it should judge; no findings means it found none."""

    check: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Skipped:
    """The check could not judge this dataset, and why; not ``applicable`` where the dataset has nothing it is about."""

    check: str
    reason: str
    applicable: bool = True


@dataclass(frozen=True, slots=True)
class Failed:
    """The check broke: never to be read as a clean result."""

    check: str
    error: str


Outcome: TypeAlias = Ran | Skipped | Failed
