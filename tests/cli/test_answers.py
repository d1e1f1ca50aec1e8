"""``--json``: every command prints one object of its schema on standard output, and all else on standard error."""

import argparse
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from datadoctor import schemas
from datadoctor.cli import parser
from datadoctor.run import Run
from tests.relabel.queue.make_run import make_run
from tests.run.whole import called, whole_run


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return whole_run(tmp_path_factory.mktemp("made"))


def answered(call: list[str], name: str, code: int = 0) -> Any:
    ended = called([*call, "--json"])
    assert ended.code == code, ended
    content = json.loads(ended.told)
    assert content["schema"] == schemas.version(name)
    jsonschema.validate(content, json.loads(schemas.text(name)))
    return content


def test_the_answers_of_commands_that_read_a_run(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run, baseline = str(made / "run"), str(tmp_path / "baseline.jsonl")
    item = answered(["explain", run, "train/stripes/03.png"], "explain")["items"][0]
    assert item["item"]["given_label"] == "stripes"
    assert len(item["neighbours"]) == 8
    truths = answered(
        ["evaluate", run, "--truth", str(made / "truth.csv"), "--truth", str(made / "pairs.csv")], "evaluate"
    )["truths"]
    assert truths[0]["mislabels"][0]["method"] == "datadoctor"
    assert truths[1]["duplicates"]["found_same"] == 1
    assert answered(["queue", run, "--budget", "5", "--out", "queue.csv"], "queue")["images"] == 5
    assert answered(["audit-sample", run, "--size", "7", "--out", "sample.csv"], "audit-sample")["images"] == 7
    stages = answered(["stages", run], "stages")["stages"]
    assert {one["stage"] for one in stages if one["cost"]} >= {"listing", "reading", "duplicates"}
    assert answered(["changes", run, run], "changes")["fixed"] == []
    assert answered(["gate", run, "--write-baseline", baseline], "baseline-written")["frozen"]
    verdict = answered(["gate", run, "--baseline", baseline], "gate")
    assert verdict["exit_code"] == 0
    assert verdict["delta"]["added"] == 0
    images = str(made / "images")
    both = answered(["compare", images, images, "--model", "filters", "--cache", str(made / "cache")], "compare")
    assert both["a"]["have_copies"] > 40
    told = answered(["audit", images, "--model", "filters", "--out", run, "--cache", str(made / "cache")], "audit")
    assert told["dataset"]["unreadable"] == 1


def test_the_answers_of_apply_and_undo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run = make_run(tmp_path)
    manifest = run.manifest(tmp_path / "labels.csv")
    (path,) = list(run.run.items.loc[run.run.items["flagged"], "path"])[:1]
    row = run.run.items.set_index("path").loc[path]
    answers = tmp_path / "answers.jsonl"
    asked = {
        "path": path,
        "decision": "relabel",
        "new_label": run.truth[path],
        "given_label": row["given_label"],
        "suggested_label": row["suggested_label"],
        "digest": row["digest"],
    }
    answers.write_text(json.dumps(asked) + "\n")
    call = ["apply", str(answers), "--manifest", str(manifest), "--source", str(run.images), "--records", "records"]
    plan = answered(call, "apply")
    assert (plan["written"], plan["accepted"][0]["new_label"]) == (False, run.truth[path])
    assert answered([*call, "--write"], "apply")["written"]
    log = tmp_path / "records" / "corrections.jsonl"
    for line in log.read_text().splitlines():
        jsonschema.validate(json.loads(line), json.loads(schemas.text("corrections")))
    undo = ["apply", "--undo", str(log), "--manifest", str(manifest), "--source", str(run.images)]
    assert len(answered(undo, "undo")["corrections"]) == 1


def test_the_answers_of_commands_about_datadoctor(tmp_path: Path) -> None:
    assert {one["check"] for one in answered(["checks"], "checks")["checks"]} >= {"mislabel", "split-leak"}
    assert "datadoctor" in answered(["completion", "zsh"], "completion")["script"]
    assert {one["name"] for one in answered(["schema"], "schemas")["schemas"]} == {*schemas.names()}
    assert answered(["cache", "--cache", str(tmp_path)], "cache")["bytes"] == 0
    assert "manifest" in {one["name"] for one in answered(["formats"], "formats")["formats"]}
    assert called(["schema", "gate"]).told == schemas.text("gate")


def test_a_failure_is_an_object_too(tmp_path: Path) -> None:
    content = answered(["explain", str(tmp_path), "x"], "error", 2)
    assert content["exit_code"] == 2
    assert "no such file" in content["error"]


def test_every_command_has_json_and_quiet() -> None:
    (group,) = (one for one in parser()._actions if isinstance(one, argparse._SubParsersAction))
    for name, command in group.choices.items():
        assert {"--json", "--quiet"} <= command._option_string_actions.keys(), name


@pytest.mark.parametrize("name", schemas.names())
def test_schemas_are_schemas(name: str) -> None:
    jsonschema.Draft7Validator.check_schema(json.loads(schemas.text(name)))
    assert schemas.title(name)


def test_the_files_of_a_run_are_of_their_schemas(made: Path, tmp_path: Path) -> None:
    run = Run(made / "run")
    assert called(["changes", str(run.path), str(run.path)]).code == 0
    for name in ("summary", "hierarchy", "class_structure", "changes"):
        jsonschema.validate(json.loads((run.path / f"{name}.json").read_text()), json.loads(schemas.text(name)))
    for row in run.findings.to_dict("records"):
        whole = row | {part: json.loads(row[part]) for part in ("subjects", "labels", "evidence")}
        jsonschema.validate(whole, json.loads(schemas.text("finding")))
    assert called(["gate", str(run.path), "--write-baseline", str(tmp_path / "baseline.jsonl")]).code == 0
    for line in (tmp_path / "baseline.jsonl").read_text().splitlines():
        jsonschema.validate(json.loads(line), json.loads(schemas.text("baseline")))
