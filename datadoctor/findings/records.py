"""What is kept of decisions beside the dataset: suppressions, the exclusion list, the correction log, backups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from datadoctor.errors import DataDoctorError
from datadoctor.findings import exclusions, log, suppressions
from datadoctor.findings.suppressions import Suppression
from datadoctor.links import check_inside, real


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
    def transactions(self) -> Sequence[log.Transaction]:
        """What was applied and not undone."""
        return log.read(self.log_file)

    @property
    def corrections(self) -> Sequence[log.Correction]:
        """What was decided, without what was undone."""
        return [one for transaction in self.transactions for one in transaction.corrections]

    def begun_moves(self, root: Path) -> frozenset[log.Move]:
        """The moves of images below ``root`` that the log announces: a run that was killed may have left one half done."""
        way = log.bound(self.folder, root, None, None).root
        return frozenset(move for one in self.transactions if one.bound and one.bound.root == way for move in one.moves)

    def backup(self, transaction: str, before: str) -> Path:
        """Where a transaction keeps the file that had the digest ``before``."""
        return self.folder / "backups" / transaction / before

    def check_links(self, follow_links: bool) -> None:
        """Raises ``DataDoctorError`` where a link leads what is kept here elsewhere."""
        if self.folder.is_symlink() and not follow_links:
            raise DataDoctorError(
                f"{self.folder}: a link, to {real(self.folder)}: records are kept where they are named; name that folder with "
                "--records, or add --follow-links"
            )
        for file in (self.allow_file, self.excluded_file, self.log_file, self.folder / "backups"):
            check_inside(file, self.folder, follow_links)

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
