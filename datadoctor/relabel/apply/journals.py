"""Journals of reviews as decisions: the last answer of each reviewer about each image that was not taken back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from datadoctor.errors import DataDoctorError
from datadoctor.findings import journal
from datadoctor.relabel.apply.decisions import Decision, of_row


def journal_of(file: Path) -> Path | None:
    """The journal that a file or run directory is or holds, None for files of another kind."""
    if file.is_dir():
        inside = file / journal.FILE
        if not inside.is_file():
            raise DataDoctorError(
                f"{file}: holds no {journal.FILE}: nothing was decided there; `datadoctor review {file}` is where one decides"
            )
        return inside
    return file if journal.is_journal(file) else None


def of_journals(files: Iterable[Path]) -> list[Decision]:
    """What stands in journals taken together: an action in several counts once, what one takes back stands in none."""
    actions = journal.merged(map(journal.read, files))
    found: list[Decision] = []
    for one, said in journal.answers(actions).values():
        found.extend(of_row(asdict(said) | {"reviewer": one.reviewer}, f"the answer {one.id} about '{said.path}'"))
    # A label that nothing was said against, and that everybody confirms, leaves nothing to do.
    asked = {one.path for one in found if one.decision != "keep" or one.key}
    return [one for one in found if one.path in asked]
