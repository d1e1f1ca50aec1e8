"""Round trips through the annotation tools' own code: our export, their importer, their exporter, our reader.

Each test is skipped where its tool is not installed; `make test-tools` makes an environment for each of them, as their
dependencies do not fit together in one. On the real photos, every error that a budget pays for is fixed and none is made.
"""

import importlib
import importlib.util
import json
import os
import subprocess
import sys
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from unittest.mock import MagicMock

import pytest

from datadoctor.relabel.queue import relabel_queue
from datadoctor.relabel.queue.formats import QUEUE_FILE, write_queue
from tests.relabel.apply.test_round_trip import CALTECH, applied, caltech, queue_rows
from tests.relabel.queue.make_run import Made, make_run

Truth = Mapping[str, str]
ENVIRONMENT = "not installed here; `make test-tools` has an environment with it"


def tool(name: str) -> ModuleType:
    found = pytest.importorskip(name, reason=f"{name} is {ENVIRONMENT}")
    assert isinstance(found, ModuleType)
    return found


def label_studio(out: Path, truth: Truth, images: Path) -> list[Path]:
    """The configuration and tasks pass the SDK's checks, and come back as its converter writes all exports with labels."""
    tool("label_studio_sdk")
    converters = importlib.import_module("label_studio_sdk.converter")
    interfaces = importlib.import_module("label_studio_sdk.label_interface")
    config = (out / "label_config.xml").read_text()
    interface = interfaces.LabelInterface(config)
    interface.validate()
    tasks = json.loads((out / "tasks-001.json").read_text())
    for number, task in enumerate(tasks):
        assert interface.validate_task({"data": task["data"]})
        for prediction in task["predictions"]:
            assert interface.validate_prediction(prediction, return_errors=True) == []
        true = truth[task["data"]["path"]]
        (result,) = json.loads(json.dumps(task["predictions"][0]["result"]))
        if result["type"] == "choices":
            result["value"] = {"choices": [true]}
        else:
            result["value"] = {"taxonomy": [["animal", true]]}
        assert interface.validate_annotation({"result": [result]})
        annotation = {"id": number, "result": [result], "was_cancelled": False, "completed_by": {"email": "a@b.c"}}
        task |= {"id": number, "annotations": [annotation | {"created_at": "2026-01-02T00:00:00Z"}]}
    source = out / "annotated.json"
    source.write_text(json.dumps(tasks))
    converter = converters.Converter(config, str(out), download_resources=False)
    for form, convert in (("full", converter.convert_to_json), ("min", converter.convert_to_json_min)):
        convert(str(source), str(out / form), is_dir=False)
    converter.convert_to_csv(str(source), str(out / "table.csv"), is_dir=False, sep=",")
    converter.convert_to_csv(str(source), str(out / "tabs"), is_dir=False, sep="\t")
    (out / "tabs" / "result.csv").rename(out / "table.tsv")
    return [*(out / "full").glob("*.json"), *(out / "min").glob("*.json"), out / "table.csv", out / "table.tsv"]


def cvat(out: Path, truth: Truth, images: Path) -> list[Path]:
    """Datumaro reads every task as CVAT's format, with the images, and writes the corrected tags."""
    datumaro = tool("datumaro")
    task = out / "task-001"
    dataset = datumaro.Dataset.import_from(str(task), "cvat")
    names = {label.name: number for number, label in enumerate(dataset.categories()[datumaro.AnnotationType.label])}
    assert set(names) == {one["name"] for one in json.loads((out / "labels.json").read_text())}
    by_priority = {row["priority"]: row for row in queue_rows(out)}
    assert len(dataset) == len(by_priority)
    for item in dataset:
        row = by_priority[int(item.id.split("__")[0])]
        (tag,) = item.annotations
        assert tag.label == names[row["suggested_label"]]
        assert tag.attributes["given"] == row["given_label"]
        assert tag.attributes["decision"] == "undecided"
        assert Path(item.media.path).samefile(images / row["path"])
        tag.attributes["decision"] = "relabel"
        tag.label = names[truth[row["path"]]]
    dataset.export(str(out / "back"), "cvat", save_media=False)
    return list((out / "back").glob("*.xml"))


def argilla(out: Path, truth: Truth, images: Path) -> list[Path]:
    """The SDK takes settings and records as the script makes them, and writes them with responses."""
    rg = tool("argilla")
    with pytest.MonkeyPatch.context() as patch:
        # All of the SDK but its connection to a server, which every setting asks for.
        patch.setattr(rg.Argilla, "_get_default", lambda: MagicMock())
        patch.chdir(out)  # as the README says
        script = imported(out / "load_argilla.py")
        settings = script.settings()
        settings.validate()
        records = script.records()
        known = {one.name for one in settings.metadata}
        user = uuid.uuid4()
        for record in records:
            assert set(dict(record.metadata)) <= known
            assert record.suggestions["label"].value in settings.questions["label"].labels
            record.responses.add(rg.Response("label", truth[record.id], user_id=user))
        (out / "answers.json").write_text(json.dumps([record.to_dict() for record in records]))
    return [out / "answers.json"]


ANSWER_IN_FIFTYONE = """
import json, sys
from pathlib import Path
import load_fiftyone
truth, images = json.loads(Path(sys.argv[1]).read_text()), Path(sys.argv[2])
for number, sample in enumerate(load_fiftyone.load()):
    assert Path(sample.filepath).samefile(images / sample.dd_path)
    true = truth[sample.dd_path]
    if true == sample.ground_truth.label:
        sample.tags.append("keep")
    elif number % 2 and true == sample.suggested.label:
        sample.tags.append("relabel")
    else:
        sample["new_label"] = true
    sample.save()
"""


def fiftyone(out: Path, truth: Truth, images: Path) -> list[Path]:
    """The script loads the queue into a real database; another process saves what was answered there."""
    tool("fiftyone")
    service = importlib.import_module("fiftyone.core.service")
    try:
        service.DatabaseService.find_mongod()
    except (service.ServiceExecutableNotFound, PermissionError):
        pytest.skip(f"FiftyOne's database is {ENVIRONMENT}")
    (out / "truth.json").write_text(json.dumps(dict(truth)))
    quiet = {"FIFTYONE_DATABASE_DIR": str(out / "database"), "FIFTYONE_DO_NOT_TRACK": "1", "PYTHONPATH": str(out)}
    for command in (["-c", ANSWER_IN_FIFTYONE, "truth.json", str(images)], ["load_fiftyone.py", "save", "back.jsonl"]):
        subprocess.run([sys.executable, *command], cwd=out, env=os.environ | quiet, check=True)
    return [out / "back.jsonl"]


TOOLS: dict[str, Callable[[Path, Truth, Path], list[Path]]] = {
    "label-studio": label_studio,
    "cvat": cvat,
    "argilla": argilla,
    "fiftyone": fiftyone,
}


def imported(script: Path) -> ModuleType:
    """A script of the queue as a module."""
    found = importlib.util.spec_from_file_location(script.stem, script)
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def trips(made: Made, form: str, folder: Path, budget: int, diverse: bool = False) -> list[dict[str, str]]:
    """The labels of the dataset after the truth came back through a tool, for each of its exports."""
    out = folder / "out"
    write_queue(made.run, relabel_queue(made.run, budget=budget, diverse=diverse), form, out)
    answers = TOOLS[form](out, made.truth, made.images)
    assert answers
    return [
        applied(made.run, made.images, file, None if file.suffix == ".jsonl" else out / QUEUE_FILE, folder / f"to-{n}")
        for n, file in enumerate(answers)
    ]


@pytest.mark.parametrize("diverse", [False, True], ids=["single", "groups"])
@pytest.mark.parametrize("given_tree", [False, True], ids=["flat", "hierarchy"])
@pytest.mark.parametrize("form", TOOLS)
def test_truth_comes_back_from_the_tool(tmp_path: Path, form: str, given_tree: bool, diverse: bool) -> None:
    made = make_run(tmp_path, given_tree=given_tree)
    for after in trips(made, form, tmp_path / "trip", budget=10, diverse=diverse):
        assert after == made.truth


@pytest.mark.shared
@pytest.mark.slow
@pytest.mark.skipif(not CALTECH.is_dir(), reason="the real image sets are not beside the checkout")
@pytest.mark.parametrize("form", TOOLS)
def test_real_photos_come_back_from_the_tool(tmp_path: Path, form: str) -> None:
    made = Made(*caltech(tmp_path))
    given: dict[str, str] = dict(made.run.items[["path", "given_label"]].itertuples(index=False))
    for budget in (100, 200, 300):
        asked = relabel_queue(made.run, budget=budget)["path"]
        wanted = given | {path: made.truth[path] for path in asked}
        for after in trips(made, form, tmp_path / str(budget), budget):
            assert after == wanted
