"""Answers that are for a whole group, through every format."""

import json
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pytest

from datadoctor.relabel.apply import plan_decisions
from datadoctor.relabel.queue import relabel_queue
from datadoctor.relabel.queue.formats import FORMATS, QUEUE_FILE, write_queue
from tests.relabel.apply.test_round_trip import queue_rows
from tests.relabel.queue.make_run import make_run


def group_csv(out: Path) -> Path:
    rows = pd.read_csv(out, keep_default_na=False)
    stands = rows["members"] != "[]"
    rows.assign(scope=stands.map({True: "Group", False: ""}), decision=stands.map({True: "exclude", False: ""})).to_csv(
        out, index=False
    )
    return out


def group_json_lines(out: Path) -> Path:
    file = out / QUEUE_FILE if out.is_dir() else out
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    rows = [row | {"decision": "exclude", "scope": "group"} for row in rows if row["members"] != "[]"]
    (file.parent / "answers.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return file.parent / "answers.jsonl"


def group_label_studio(out: Path) -> Path:
    tasks = json.loads((out / "tasks-001.json").read_text())
    chosen = [
        {"from_name": name, "value": {"choices": [said]}}
        for name, said in (("decision", "exclude"), ("scope", "group"))
    ]
    for task in tasks:
        result = chosen if "Stands for" in task["data"]["reason"] else []
        task["annotations"] = [{"result": result, "was_cancelled": False, "completed_by": 1}]
    (out / "export.json").write_text(json.dumps(tasks))
    return out / "export.json"


def group_cvat(out: Path) -> Path:
    stands = {row["priority"] for row in queue_rows(out) if row["members"] != "[]"}
    tree = ElementTree.parse(out / "task-001" / "annotations.xml")
    for image in tree.getroot().iter("image"):
        if int(image.get("name", "").split("__")[0]) in stands:
            for attribute in image.iter("attribute"):
                said = {"decision": "exclude", "scope": "group"}
                attribute.text = said.get(attribute.get("name", ""), attribute.text)
    tree.write(out / "back.xml")
    return out / "back.xml"


def group_argilla(out: Path) -> Path:
    records = json.loads((out / "records.json").read_text())
    for record in records:
        if "Stands for" in record["fields"]["reason"]:
            said = {"decision": "exclude", "scope": "group"}
            record["responses"] = {name: [{"value": value, "user_id": "u"}] for name, value in said.items()}
    (out / "answers.json").write_text(json.dumps(records))
    return out / "answers.json"


GROUP_ANSWERS: dict[str, Callable[[Path], Path]] = {
    "csv": group_csv,
    "jsonl": group_json_lines,
    "label-studio": group_label_studio,
    "cvat": group_cvat,
    "fiftyone": group_json_lines,
    "argilla": group_argilla,
}


@pytest.mark.parametrize("form", FORMATS)
def test_an_answer_for_a_group_comes_back_from_every_format(tmp_path: Path, form: str) -> None:
    """Three patterns of three, three and two images: the queue's other images are members of them."""
    made = make_run(tmp_path / "made")
    out = tmp_path / (f"out.{form}" if form in ("csv", "jsonl") else "out")
    write_queue(made.run, relabel_queue(made.run, diverse=True, budget=3), form, out)
    plan = plan_decisions(GROUP_ANSWERS[form](out), source=made.images, records=tmp_path / "records")
    assert {one.path for one in plan.those("exclude")} == set(relabel_queue(made.run)["path"])
    assert sorted(len(members) for members in plan.groups.values()) == [1, 2, 2]
    assert not plan.refused
