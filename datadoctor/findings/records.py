"""What is kept of decisions beside the dataset: suppressions, the exclusion list, the correction log, backups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from datadoctor.findings import exclusions, log, suppressions
from datadoctor.findings.suppressions import Suppression


@dataclass(frozen=True)
class Records:
    """The folder, ``.datadoctor`` beside the configuration unless another is named; read on first use."""

    folder: Path = suppressions.DEFAULT_FILE.parent

    @property
    def allow_file(self) -> Path:
        """Suppressions: TOML, the file that the gate reads."""
        return self.folder / suppressions.DEFAULT_FILE.name

    @property
    def excluded_file(self) -> Path:
        """Images to leave out: CSV, the file that an audit heeds."""
        return self.folder / exclusions.DEFAULT_FILE.name

    @property
    def log_file(self) -> Path:
        """The correction log: JSON Lines."""
        return self.folder / "corrections.jsonl"

    @cached_property
    def suppressions(self) -> Sequence[Suppression]:
        """The accepted findings."""
        return suppressions.read(self.allow_file) if self.allow_file.is_file() else ()

    @cached_property
    def excluded(self) -> frozenset[tuple[str, str]]:
        """(path, digest) of the images on the exclusion list."""
        if not self.excluded_file.is_file():
            return frozenset()
        return frozenset((one.path, one.digest) for one in exclusions.read(self.excluded_file))

    @cached_property
    def corrections(self) -> Sequence[log.Correction]:
        """What was decided, without what was undone."""
        return log.in_force(self.log_file)

    @cached_property
    def ambiguous(self) -> frozenset[tuple[str, str, str]]:
        """(path, digest, label) of the images that somebody called ambiguous."""
        return frozenset((one.path, one.digest, one.before) for one in self.corrections if one.decision == "ambiguous")

    @cached_property
    def _accepted(self) -> frozenset[str]:
        return frozenset(one.key for one in self.suppressions)

    def accepts(self, key: str) -> bool:
        """Whether a suppression names the finding, by its key or the first digits of it."""
        return any(key[:digits] in self._accepted for digits in range(8, len(key) + 1))


def decided_keys(records: Records) -> set[str]:
    """The keys of all findings that somebody decided: what a new queue should not ask again."""
    return {one.key for one in records.suppressions} | {one.key for one in records.corrections if one.key}
