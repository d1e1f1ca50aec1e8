"""Applies reviewers' decisions to a dataset: shown first, refused where anything changed, logged, and reversible."""

from __future__ import annotations

import datetime
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from datadoctor.errors import DataDoctorError

if TYPE_CHECKING:
    from datadoctor.findings.log import Transaction
    from datadoctor.relabel.apply.plan import Plan
    from datadoctor.relabel.apply.targets import ManifestTarget, Target


def plan_decisions(
    *decisions: Path,
    source: Path | None = None,
    manifest: Path | None = None,
    queue: Path | None = None,
    records: Path | None = None,
    path_column: str | None = None,
    label_column: str | None = None,
    label_separator: str | None = None,
    new_classes: Collection[str] = (),
    source_format: str | None = None,
    follow_links: bool = False,
) -> Plan:
    """What files of decisions, several where several reviewers have one each, would change; writes nothing.

    A run directory stands for the journal of its review; several journals are taken together.

    ``source``: the folder that paths start from, by default that of the manifest; without a manifest, the folder of class folders,
    or of photos with annotated objects, to correct. ``source_format``: what that is, where looking does not tell. ``queue``: the
    ``relabel.jsonl`` that tools' exports came from, by default the one beside each. ``records``: the folder of the log,
    suppressions and exclusions, by default ``.datadoctor``. Columns and ``label_separator``: as in an audit. ``follow_links``:
    write also through links that lead out of the dataset, or out of the folder that the manifest or the records are named in.
    """
    from datadoctor.files import digest
    from datadoctor.findings.records import Records
    from datadoctor.links import check_inside
    from datadoctor.relabel.apply.decisions import read_decisions
    from datadoctor.relabel.apply.journals import journal_of, of_journals
    from datadoctor.relabel.apply.manifests import read_manifest
    from datadoctor.relabel.apply.plan import make_plan
    from datadoctor.relabel.apply.targets import ManifestTarget

    if source is None and manifest is None:
        raise DataDoctorError("nothing to correct: give --manifest FILE, or --source FOLDER of class folders")
    root = source or (manifest or Path()).parent
    if not root.is_dir() and (manifest or not root.is_file()):
        raise DataDoctorError(f"{root}: not a folder; give the folder that the paths start from with --source")
    kept = Records(records) if records else Records()
    kept.check_links(follow_links)
    if manifest is None:
        target = _of_folder(root, source_format)
    else:
        check_inside(manifest, manifest.parent, follow_links)
        read = read_manifest(manifest, path_column, label_column, root)
        target = _of_manifest(ManifestTarget(root, manifest, digest(manifest), read), label_separator)
    journals = [found for file in decisions if (found := journal_of(file))]
    others = [file for file in decisions if not journal_of(file)]
    answers = of_journals(journals) + [one for file in others for one in read_decisions(file, queue)]
    return make_plan(answers, target, kept, new_classes, follow_links)


def _of_manifest(one: ManifestTarget, separator: str | None) -> ManifestTarget:
    """A manifest as an audit of it would read its labels: one, or several a cell."""
    from datadoctor.relabel.apply.label_sets import SetManifestTarget
    from datadoctor.sources.label_sets import notation_of

    cells = [cell.label for cells in one.manifest.cells.values() for cell in cells]
    notation = notation_of(cells, separator)
    return one if notation is None else SetManifestTarget(one.root, one.file, one.sha256, one.manifest, notation)


def _of_folder(root: Path, source_format: str | None) -> Target:
    """A folder without a manifest, as an audit of it would read it."""
    from datadoctor.relabel.apply.annotated import BoxTarget
    from datadoctor.relabel.apply.onehot import OneHotTarget
    from datadoctor.relabel.apply.targets import FolderTarget
    from datadoctor.sources.formats import fitting, place_of
    from datadoctor.sources.formats.onehot import ONEHOT

    place = place_of(root, source_format)
    found = fitting(place, source_format)
    if place.within:
        raise DataDoctorError(
            f"{root}: archives are read, not written; unpack it, give that folder as --source with the same decisions, and pack it again"
        )
    if found is None:
        return FolderTarget(root)
    if found.name == ONEHOT.name:
        return OneHotTarget(place)
    if found.annotated is None:
        raise DataDoctorError(
            f"{root}: {found.title} cannot be written; write the decisions where the data is made from"
        )
    return BoxTarget(place, found)


def write_plan(plan: Plan, *, by: str, confirm: str = "", out: Path | None = None) -> Transaction | None:
    """Carry a plan out; None where there is nothing to do.

    ``confirm``: the code that ``diff.plan_code`` gave when the plan was shown. A plan with answers given for a whole group is
    refused without it: their members must have been seen.
    """
    from datadoctor.relabel.apply.diff import plan_code
    from datadoctor.relabel.apply.write import write

    if plan.accepted and (confirm or plan.groups) and confirm != plan_code(plan):
        raise DataDoctorError(
            "these decisions change images that were decided as a group, or are not those that were shown: read the list of "
            f"the dry run, then add --confirm {plan_code(plan)}"
        )
    return write(plan, by, datetime.datetime.now(datetime.UTC), out)
