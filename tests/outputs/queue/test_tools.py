"""Round trips through the annotation tools' own code: our export, their importer, their exporter, our reader.

Each test is skipped where its tool is not installed; their dependencies do not fit together in one environment.
"""

import importlib
import json
import sys
import uuid
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import MagicMock

import pytest

from datadoctor.outputs.apply import plan_decisions, write_plan
from datadoctor.outputs.queue import relabel_queue
from datadoctor.outputs.queue.formats import write_queue
from tests.outputs.queue.make_run import Made, make_run


@pytest.fixture(params=[False, True], ids=["flat", "hierarchy"])
def made(tmp_path: Path, request: pytest.FixtureRequest) -> Made:
    return make_run(tmp_path, given_tree=request.param)


def tool(name: str) -> ModuleType:
    found = pytest.importorskip(name, reason=f"{name} is not installed: run this file in an environment that has it")
    assert isinstance(found, ModuleType)
    return found


def exported(made: Made, folder: Path, form: str, copy_images: bool = False) -> list[dict[str, Any]]:
    """Write a queue of all flagged images and two more; its rows."""
    queue = relabel_queue(made.run, budget=10)
    write_queue(made.run, queue, form, folder, copy_images=copy_images)
    return [{str(name): value for name, value in row.items()} for row in queue.to_dict("records")]


def assert_applies(made: Made, tmp_path: Path, decisions: Path, queue: Path | None) -> None:
    """The answers were the truth: all labels come out right, and the two that were right are kept."""
    plan = plan_decisions(
        decisions,
        source=made.images,
        manifest=made.manifest(tmp_path / "labels.csv"),
        queue=queue,
        records=tmp_path / "records",
    )
    assert (len(plan.those("relabel")), len(plan.those("keep")), len(plan.refused)) == (8, 2, 0)
    write_plan(plan, by="test")
    lines = (tmp_path / "labels.csv").read_text().splitlines()[1:]
    assert dict(line.split(",") for line in lines) == made.truth


def test_label_studio(made: Made, tmp_path: Path) -> None:
    tool("label_studio_sdk")
    converters = importlib.import_module("label_studio_sdk.converter")
    interfaces = importlib.import_module("label_studio_sdk.label_interface")
    out = tmp_path / "out"
    exported(made, out, "label-studio")
    config = (out / "label_config.xml").read_text()
    interface = interfaces.LabelInterface(config)
    interface.validate()
    tasks = json.loads((out / "tasks-001.json").read_text())
    assert len(tasks) == 10
    for number, task in enumerate(tasks):
        assert interface.validate_task({"data": task["data"]})
        for prediction in task["predictions"]:
            assert interface.validate_prediction(prediction, return_errors=True) == []
        true = made.truth[task["data"]["path"]]
        (result,) = json.loads(json.dumps(task["predictions"][0]["result"]))
        if result["type"] == "choices":
            result["value"] = {"choices": [true]}
        else:
            result["value"] = {"taxonomy": [["animal", true]]}
        annotation = {"id": number, "result": [result], "was_cancelled": False, "completed_by": {"email": "a@b.c"}}
        annotation["created_at"] = "2026-01-02T00:00:00Z"
        assert interface.validate_annotation({"result": [result]})
        task |= {"id": number, "annotations": [annotation]}
    (tmp_path / "tasks.json").write_text(json.dumps(tasks))
    converter = converters.Converter(config, str(tmp_path), download_resources=False)
    converter.convert_to_json_min(str(tmp_path / "tasks.json"), str(tmp_path / "min"), is_dir=False)
    flat = next((tmp_path / "min").glob("*.json"))
    converter.convert_to_json(str(tmp_path / "tasks.json"), str(tmp_path / "full"), is_dir=False)
    full = next((tmp_path / "full").glob("*.json"))
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    assert_applies(made, tmp_path / "a", full, out / "relabel.jsonl")
    assert_applies(made, tmp_path / "b", flat, out / "relabel.jsonl")


def test_cvat(made: Made, tmp_path: Path) -> None:
    datumaro = tool("datumaro")
    out = tmp_path / "out"
    rows = exported(made, out, "cvat")
    task = out / "task-001"
    dataset = datumaro.Dataset.import_from(str(task), "cvat")
    names = {label.name: number for number, label in enumerate(dataset.categories()[datumaro.AnnotationType.label])}
    assert set(names) == {"cat", "dog", "lynx"}
    assert len(dataset) == 10
    by_priority = {row["priority"]: row for row in rows}
    for item in dataset:
        row = by_priority[int(item.id.split("__")[0])]
        (tag,) = item.annotations
        assert tag.label == names[row["suggested_label"]]
        assert tag.attributes["given"] == row["given_label"]
        assert tag.attributes["decision"] == "undecided"
        assert Path(item.media.path).samefile(made.images / row["path"])
        tag.attributes["decision"] = "relabel"
        tag.label = names[made.truth[row["path"]]]
    dataset.export(str(tmp_path / "back"), "cvat", save_media=False)
    (answers,) = (tmp_path / "back").glob("*.xml")
    assert_applies(made, tmp_path, answers, out / "relabel.jsonl")


def test_argilla(made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rg = tool("argilla")
    out = tmp_path / "out"
    exported(made, out, "argilla", copy_images=True)
    monkeypatch.chdir(out)
    monkeypatch.syspath_prepend(str(out))
    monkeypatch.delitem(sys.modules, "load_argilla", raising=False)
    load_argilla = importlib.import_module("load_argilla")  # the script that was just written

    # All of the SDK but its connection to a server, which every setting asks for.
    monkeypatch.setattr(rg.Argilla, "_get_default", lambda: MagicMock())
    settings = load_argilla.settings()
    settings.validate()
    records = load_argilla.records()
    user = uuid.uuid4()
    known = {one.name for one in settings.metadata}
    for record in records:
        assert set(dict(record.metadata)) <= known
        assert record.suggestions["label"].value in settings.questions["label"].labels
        record.responses.add(rg.Response("label", made.truth[record.id], user_id=user))
    (tmp_path / "answers.json").write_text(json.dumps([record.to_dict() for record in records]))
    assert_applies(made, tmp_path, tmp_path / "answers.json", out / "relabel.jsonl")


def test_fiftyone(made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its samples need no database, its datasets would: what the script does with samples is tested."""
    tool("fiftyone")
    out = tmp_path / "out"
    exported(made, out, "fiftyone")
    monkeypatch.syspath_prepend(str(out))
    monkeypatch.delitem(sys.modules, "load_fiftyone", raising=False)
    load_fiftyone = importlib.import_module("load_fiftyone")  # the script that was just written

    answers = []
    for number, row in enumerate(load_fiftyone.rows().values()):
        sample = load_fiftyone.sample_of(row)
        assert Path(sample.filepath).samefile(made.images / row["path"])
        true = made.truth[row["path"]]
        assert load_fiftyone.decided(row, sample)["decision"] == ""
        if true == sample.ground_truth.label:
            sample.tags.append("keep")
        elif number % 2 and true == sample.suggested.label:
            sample.tags.append("relabel")
        else:
            sample["new_label"] = true
        answers.append(load_fiftyone.decided(row, sample))
    file = tmp_path / "decisions.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in answers))
    assert_applies(made, tmp_path, file, None)
