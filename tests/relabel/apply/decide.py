"""Decisions that are the truth, and the plan they make."""

from pathlib import Path

import pandas as pd

from datadoctor.relabel.apply import plan_decisions
from datadoctor.relabel.apply.plan import Plan
from datadoctor.relabel.apply.targets import ManifestTarget
from datadoctor.relabel.apply.undo import Place, Undo, plan_undo, take_back
from datadoctor.relabel.queue import relabel_queue
from datadoctor.spreadsheet import write_csv
from tests.relabel.queue.make_run import Made


def answered(made: Made, **queue: object) -> pd.DataFrame:
    """The queue with the truth as answers."""
    rows = relabel_queue(made.run, **queue)  # type: ignore[arg-type] # any option
    true = rows["path"].map(made.truth)
    return rows.assign(
        decision=["relabel" if a != b else "keep" for a, b in zip(rows["given_label"], true, strict=True)],
        new_label=true,
        reviewer="mara",
    )


def planned(tmp_path: Path, made: Made, rows: pd.DataFrame, folder: bool = False) -> Plan:
    write_csv(rows, tmp_path / "decisions.csv")
    manifest = None if folder else tmp_path / "labels.csv"
    if manifest and not manifest.exists():
        made.manifest(manifest)
    return plan_decisions(
        tmp_path / "decisions.csv", source=made.images, manifest=manifest, records=tmp_path / "records"
    )


def undo(plan: Plan) -> Undo:
    """The latest application in the plan's log, taken back."""
    manifest = plan.target.file if isinstance(plan.target, ManifestTarget) else None
    found = plan_undo(plan.records.log_file, Place(plan.target.root, manifest, None, False))
    take_back(found)
    return found


def tree(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}
