"""Round trips: truth as the reviewer's answers, through every format, to a corrected manifest.

The files that come back are written here as the tools write them; ``tests/relabel/queue/test_tools.py`` has the tools' own code
write them. On the real photos, every injected error that a budget pays for is fixed, and nothing else changes.
"""

import csv
import hashlib
import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

from datadoctor.errors import DataDoctorError
from datadoctor.findings import Finding, ItemRef, Severity
from datadoctor.relabel.apply import plan_decisions, write_plan
from datadoctor.relabel.queue import relabel_queue
from datadoctor.relabel.queue.formats import FORMATS, QUEUE_FILE, write_queue
from datadoctor.run import HIERARCHY_SCHEMA, ITEM_COLUMNS, Run
from datadoctor.run.tables import findings_table
from datadoctor.spreadsheet import write_csv
from tests.relabel.queue.make_run import make_run
from tests.run_tables import whole_items, whole_summary

Truth = Mapping[str, str]
CALTECH = Path(__file__).parents[3] / ".." / "shared" / "data" / "caltech44"


def answer_rows(rows: pd.DataFrame, truth: Truth) -> pd.DataFrame:
    true = rows["path"].map(dict(truth))
    decision = ["keep" if a == b else "relabel" for a, b in zip(rows["given_label"], true, strict=True)]
    return rows.assign(decision=decision, new_label=true)


def answer_csv(out: Path, truth: Truth) -> Path:
    rows = answer_rows(pd.read_csv(out, keep_default_na=False), truth)
    # Already neutralised where need be: as a spreadsheet would leave it.
    rows.to_csv(out, index=False, quoting=csv.QUOTE_ALL)
    return out


def answer_json_lines(out: Path, truth: Truth) -> Path:
    file = out / QUEUE_FILE if out.is_dir() else out
    rows = answer_rows(pd.read_json(file, lines=True, dtype=False), truth)
    rows.to_json(file.with_name("decisions.jsonl"), orient="records", lines=True)
    return file.with_name("decisions.jsonl")


def answer_label_studio(out: Path, truth: Truth) -> Path:
    tasks = [task for file in sorted(out.glob("tasks-*.json")) for task in json.loads(file.read_text())]
    for task in tasks:
        value = {"choices": [truth[task["data"]["path"]]]}
        result = {"from_name": "label", "to_name": "image", "type": "choices", "value": value}
        wrong = {"result": [], "was_cancelled": True, "completed_by": 1, "created_at": "2026-02-01"}
        old = {"result": [], "was_cancelled": False, "completed_by": 1, "created_at": "2026-01-01"}
        task["annotations"] = [{**old, "created_at": "2026-01-02", "result": [result]}, old, wrong]
    (out / "export.json").write_text(json.dumps(tasks))
    return out / "export.json"


def answer_cvat(out: Path, truth: Truth) -> Path:
    by_priority = {row["priority"]: row["path"] for row in queue_rows(out)}
    tree = ElementTree.parse(out / "task-001" / "annotations.xml")
    for image in tree.getroot().iter("image"):
        (tag,) = image.iter("tag")
        tag.set("label", truth[by_priority[int(image.get("name", "").split("__")[0])]])
        next(one for one in tag if one.get("name") == "decision").text = "relabel"
    tree.write(out / "back.xml")
    return out / "back.xml"


def answer_argilla(out: Path, truth: Truth) -> Path:
    records = json.loads((out / "records.json").read_text())
    for record in records:
        record["responses"] = {"label": [{"value": truth[record["id"]], "user_id": "u1"}]}
    (out / "answers.json").write_text(json.dumps(records))
    return out / "answers.json"


ANSWERS: dict[str, Callable[[Path, Truth], Path]] = {
    "csv": answer_csv,
    "jsonl": answer_json_lines,
    "label-studio": answer_label_studio,
    "cvat": answer_cvat,
    "fiftyone": answer_json_lines,
    "argilla": answer_argilla,
}


def queue_rows(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (out / QUEUE_FILE).read_text(encoding="utf-8").split("\n") if line]


def corrected(run: Run, images: Path, truth: Truth, form: str, folder: Path, **queue: Any) -> dict[str, str]:
    """The labels of a manifest after a round trip in one format."""
    folder.mkdir(parents=True)
    out = folder / f"out{'.' + form if form in ('csv', 'jsonl') else ''}"
    write_queue(run, relabel_queue(run, **queue), form, out)
    decisions = ANSWERS[form](out, truth)
    queue_file = None if decisions.suffix in (".csv", ".jsonl") else out / QUEUE_FILE
    return applied(run, images, decisions, queue_file, folder)


def applied(run: Run, images: Path, decisions: Path, queue: Path | None, folder: Path) -> dict[str, str]:
    """The labels of a manifest of the run's images after decisions none of which is refused."""
    folder.mkdir(parents=True, exist_ok=True)
    manifest = folder / "labels.csv"
    write_csv(run.items[["path", "given_label"]].rename(columns={"given_label": "label"}), manifest)
    plan = plan_decisions(decisions, source=images, manifest=manifest, queue=queue, records=folder / "records")
    assert not plan.refused
    assert not plan.disputed
    write_plan(plan, by="test")
    return dict(pd.read_csv(manifest)[["path", "label"]].itertuples(index=False))


@pytest.mark.parametrize("form", FORMATS)
def test_truth_comes_back_through_every_format(tmp_path: Path, form: str) -> None:
    made = make_run(tmp_path / "made")
    assert corrected(made.run, made.images, made.truth, form, tmp_path / "trip", budget=20) == made.truth


@pytest.mark.parametrize("separator", [",", "\t"])
@pytest.mark.parametrize("label", [str, lambda true: json.dumps([{"taxonomy": [["animal", true]]}])])
def test_tables_of_label_studio(tmp_path: Path, separator: str, label: Callable[[str], str]) -> None:
    """As its converter writes CSV and TSV; of two rows by one person the newer holds."""
    made = make_run(tmp_path / "made")
    out = tmp_path / "out"
    write_queue(made.run, relabel_queue(made.run), "label-studio", out)
    data = [task["data"] for file in out.glob("tasks-*.json") for task in json.loads(file.read_text())]
    newer = [
        {"annotator": "a@b.c", "created_at": "2026-01-02", "decision": "", "label": label(made.truth[one["path"]])}
        for one in data
    ]
    older = [row | {"created_at": "2026-01-01", "decision": "exclude"} for row in newer]
    rows = [
        {"annotation_id": n, **one, **row} for n, (one, row) in enumerate(zip(data * 2, newer + older, strict=True))
    ]
    file = tmp_path / f"result.{'csv' if separator == ',' else 'tsv'}"
    pd.DataFrame(rows).to_csv(file, index=False, sep=separator, quoting=csv.QUOTE_NONNUMERIC)
    assert applied(made.run, made.images, file, out / QUEUE_FILE, tmp_path / "trip") == made.truth


@pytest.mark.parametrize("form", FORMATS)
def test_several_reviewers_answers_are_compared(tmp_path: Path, form: str) -> None:
    made = make_run(tmp_path / "made")
    queue = relabel_queue(made.run, reviewers=("mara", "noor"), overlap=1.0)
    suffix = f".{form}" if form in ("csv", "jsonl") else ""
    write_queue(made.run, queue, form, tmp_path / "out")
    disputed = queue["path"][0]
    wrong = made.truth | {disputed: next(name for name in ("cat", "dog", "lynx") if name != made.truth[disputed])}
    files = []
    for name, truth in (("mara", made.truth), ("noor", wrong)):
        place = tmp_path / name / f"out{suffix}"
        place.parent.mkdir()
        shutil.move(tmp_path / "out" / (name + suffix), place)
        file = ANSWERS[form](place, truth)
        text = file.read_text()  # the tools that say who it was
        file.write_text(text.replace('"completed_by": 1', f'"completed_by": "{name}"').replace('"u1"', f'"{name}"'))
        files.append(file)
    plan = plan_decisions(*files, source=made.images, records=tmp_path / "records")
    (pair,) = plan.agreement
    assert (pair.images, pair.same) == (8, 7 / 8)
    assert [one.path for one in plan.disputed] == [disputed]
    assert len(plan.accepted) == 7
    assert pair.reviewers == ("mara", "noor")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.json", '[{"annotations": [{"result": 1}], "data": {"path": "x"}}]'),
        ("a.json", '[{"id": "x", "responses": {"label": [{}]}}]'),
        ("a.csv", 'annotation_id,path,label\n1,x,"[{""taxonomy"": 1"\n'),
        ("a.json", "{}"),
        ("a.json", '["x"]'),
        ("a.xml", "<a>"),
    ],
)
def test_an_export_that_is_none_is_named(tmp_path: Path, name: str, content: str) -> None:
    made = make_run(tmp_path / "made")
    write_queue(made.run, relabel_queue(made.run), "argilla", tmp_path / "out")
    (tmp_path / name).write_text(content)
    with pytest.raises(DataDoctorError, match=name):
        plan_decisions(tmp_path / name, source=made.images, queue=tmp_path / "out" / QUEUE_FILE)


def test_an_answer_that_was_not_given_changes_nothing(tmp_path: Path) -> None:
    made = make_run(tmp_path / "made")
    for form, file in (
        ("cvat", "task-001/annotations.xml"),
        ("argilla", "records.json"),
        ("label-studio", "tasks-001.json"),
    ):
        out = tmp_path / form
        write_queue(made.run, relabel_queue(made.run), form, out)
        if form == "label-studio":
            tasks = [{**task, "annotations": []} for task in json.loads((out / file).read_text())]
            (out / file).write_text(json.dumps(tasks))
        manifest = made.manifest(tmp_path / "labels.csv")
        plan = plan_decisions(
            out / file, source=made.images, manifest=manifest, queue=out / QUEUE_FILE, records=tmp_path / "records"
        )
        assert not plan.accepted
        assert not plan.refused


def caltech(folder: Path) -> tuple[Run, Path, dict[str, str]]:
    """A run over the real photos whose probabilities know the truth up to noise: no model is needed to test the way back."""
    images = folder / "images"
    shutil.unpack_archive(CALTECH / "images.tar", images)
    truth = pd.read_csv(CALTECH / "truth.csv").sort_values("path", ignore_index=True)
    wrong = (truth["given_label"] != truth["true_label"]).to_numpy()
    random = np.random.default_rng(0)
    p = np.where(wrong, random.beta(6, 2, len(wrong)), random.beta(1, 12, len(wrong)))
    digests = [hashlib.sha256((images / path).read_bytes()).hexdigest() for path in truth["path"]]
    known = {
        "path": truth["path"], "given_label": truth["given_label"], "suggested_label": truth["true_label"], "p_mislabel": p,
        "mislabel_score": p, "flagged": p > 0.5, "digest": digests, "pixel_digest": digests, "judged": True,
        "row": range(len(p)), "width": 300, "height": 225, "readable": True,
    }  # fmt: skip
    items = whole_items(pd.DataFrame(known))[list(ITEM_COLUMNS)]
    run = folder / "run"
    run.mkdir()
    items.to_parquet(run / "items.parquet", index=False)
    rows: list[Any] = list(items[items["flagged"]].itertuples())
    images_of = [ItemRef(row.path, row.digest, row.given_label) for row in rows]
    found = [Finding("mislabel", Severity.WARNING, 0.9, "", (image,), (image.label,)) for image in images_of]
    findings_table(found).to_parquet(run / "findings.parquet", index=False)
    (run / "summary.json").write_text(json.dumps(whole_summary(source=str(images))))
    (run / "hierarchy.json").write_text(json.dumps({"schema": HIERARCHY_SCHEMA, "used": None, "learnt": None}))
    return Run(run), images, dict(zip(truth["path"], truth["true_label"], strict=True))


@pytest.mark.shared
@pytest.mark.slow
@pytest.mark.skipif(not CALTECH.is_dir(), reason="the real image sets are not beside the checkout")
def test_real_photos_every_error_a_budget_pays_for_is_fixed_and_none_is_made(tmp_path: Path) -> None:
    run, images, truth = caltech(tmp_path)
    given: dict[str, str] = dict(run.items[["path", "given_label"]].itertuples(index=False))
    for form in FORMATS:
        for budget in (100, 200, 300):
            after = corrected(run, images, truth, form, tmp_path / f"{form}-{budget}", budget=budget)
            asked = relabel_queue(run, budget=budget)["path"]
            assert after == given | {path: truth[path] for path in asked}
