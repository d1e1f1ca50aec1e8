"""The room: one run under review, with all that the routes need."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datadoctor.errors import DataDoctorError
from datadoctor.findings import journal
from datadoctor.review.desk import Desk
from datadoctor.review.dropped import Dropped
from datadoctor.review.improving import Improving
from datadoctor.review.many import Many
from datadoctor.review.page import Page
from datadoctor.review.pictures import Pictures
from datadoctor.review.safety import MOST_BYTES
from datadoctor.review.sample import Sample
from datadoctor.review.similar import Similar
from datadoctor.review.standing import agreement
from datadoctor.review.table import Table
from datadoctor.review.words import Words
from datadoctor.run import Run

if TYPE_CHECKING:
    from datadoctor.relabel.apply.plan import Plan


@dataclass(frozen=True)
class Settings:
    """What a review was started with. ``source``, ``manifest``, ``records``: what `apply` is to correct, else what was audited."""

    reviewer: str
    read_only: bool = False
    source: Path | None = None
    manifest: Path | None = None
    records: Path | None = None


class Room:
    """A run and its desk, pictures and tools."""

    def __init__(self, run: Run, settings: Settings) -> None:
        self.run = run
        self.settings = settings
        file = run.path / journal.FILE
        run.check_written(file)
        first = Table(run)
        self.desk = Desk(first, file, read_only=settings.read_only)
        self.pictures = Pictures(first)
        self.similar = Similar(first)
        self.dropped = Dropped(run, self.similar)
        self.words = Words(run, self.similar)
        self.sample = Sample(first, self.desk)
        self.improving = Improving(run, file)
        self._look_at(first)

    def _look_at(self, table: Table) -> None:
        self.table = table
        self.page = Page(table)
        self.many = Many(table, self.desk)

    def prepare(self) -> None:
        """Make what the first view needs, so that it is there at once."""
        _ = self.page.html, self.page.data, self.table.numbers, self.table.texts, self.desk.standing

    def improve(self) -> dict[str, Any]:
        """Begin to judge the labels again with what was answered; ``improved`` says how that goes."""
        if not self.desk.standing:
            raise DataDoctorError("nothing is decided yet: answer some first")
        self.improving.start(self._look_at)
        return self.improving.state()

    def desk_facts(self) -> dict[str, Any]:
        """What the page must know at first."""
        return {
            "reviewer": self.settings.reviewer,
            "read_only": self.settings.read_only,
            "images": len(self.table),
            "numbers": list(self.table.numbers),
            "most_bytes": MOST_BYTES["application/octet-stream"],
            "words": self.words.space is not None,
            "similar": (self.run.path / "artifacts" / "embeddings.npy").is_file(),
        }

    def reviewers(self) -> dict[str, Any]:
        """Who decided how much, how far they agree, and how many images are in dispute."""
        standing = self.desk.standing
        return {
            "counts": dict(sorted(Counter(who for one in standing.values() for who in one.by).items())),
            "agreement": agreement(standing),
            "disputed": sum(one.disputed for one in standing.values()),
        }

    def plan(self) -> dict[str, Any]:
        """What `apply` would change now, in words, and the code that confirms it."""
        from datadoctor.relabel.apply.diff import plan_code, plan_text

        plan = self._plan()
        return {"text": plan_text(plan), "code": plan_code(plan), "changes": len(plan.accepted), "target": self._target}

    def apply(self, code: str, reviewer: str) -> dict[str, Any]:
        """Carry the plan out that ``code`` confirms; raises ``DataDoctorError`` where it is another by now."""
        from datadoctor.relabel.apply import write_plan
        from datadoctor.relabel.apply.diff import plan_code

        plan = self._plan()
        if code != plan_code(plan):
            raise DataDoctorError("this is not the plan that was shown: something was decided since; look at it again")
        done = write_plan(plan, by=reviewer, confirm=code)
        return {"applied": len(done.corrections) if done else 0}

    def _plan(self) -> Plan:
        from datadoctor.relabel.apply import plan_decisions

        if not self.desk.standing:
            raise DataDoctorError("nothing is decided yet")
        said = self.run.summary["settings"]
        source, manifest = self._source_and_manifest
        columns = (
            {name: said.get(name) for name in ("path_column", "label_column", "label_separator")} if manifest else {}
        )
        return plan_decisions(self.run.path, source=source, manifest=manifest, records=self.settings.records, **columns)

    @cached_property
    def _source_and_manifest(self) -> tuple[Path, Path | None]:
        """What is corrected: as named when the review was started, else what was audited."""
        source = self.settings.source or Path(self.run.summary["source"])
        audited = [Path(name) for name in self.run.summary["settings"].get("manifest") or ()]
        if self.settings.manifest or not audited:
            return source, self.settings.manifest
        if len(audited) > 1:
            raise DataDoctorError(
                f"{len(audited)} manifests were audited: correct one at a time with `datadoctor apply {self.run.path} --manifest FILE`"
            )
        return source, audited[0]

    @property
    def _target(self) -> str:
        source, manifest = self._source_and_manifest
        return str(manifest or source)
