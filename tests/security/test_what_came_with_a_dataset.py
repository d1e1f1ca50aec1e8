"""What comes with a stranger's dataset, a row of SECURITY.md each: it does what the table says at most."""

import csv
import hashlib
import io
import json
import os
import pickle
import re
import shutil
import sqlite3
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image

from datadoctor.cache import FILE_NAME, Entry, ImageCache
from datadoctor.cli import main
from datadoctor.config import Config
from datadoctor.errors import DataDoctorError
from datadoctor.findings import baseline, suppressions
from datadoctor.findings.exclusions import COLUMNS, read
from datadoctor.flow import fits
from datadoctor.gate.source import of_source
from datadoctor.progress import Silent
from datadoctor.relabel.apply.diff import move_script
from datadoctor.relabel.queue import relabel_queue
from datadoctor.relabel.queue.formats import write_queue
from datadoctor.report.pictures import Pictures
from datadoctor.run import Run
from datadoctor.sources.exclusion import without
from datadoctor.sources.folder import list_folder
from datadoctor.sources.manifest import list_manifest
from datadoctor.spreadsheet import write_csv
from datadoctor.stages.embeddings.weights import read_weights
from datadoctor.stages.reading.images import Unreadable, read_image
from datadoctor.stages.reading.thumbnails import Thumbnails
from tests.relabel.apply.decide import answered, planned
from tests.relabel.queue.make_run import make_run
from tests.run_tables import whole_rate
from tests.security.sandbox import Sandbox, contents, replaced_by_link, sandbox

ROOT = Path(__file__).parents[2]
ESCAPING = ["../../outside/canary.jpg", "/etc/passwd", "cat/../../../outside/canary.jpg", "cat/\0.jpg", ".", ""]
DEEP = "[" * 100_000


@pytest.fixture
def box(tmp_path: Path) -> Sandbox:
    return sandbox(tmp_path)


def fails_in_one_line(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    capsys.readouterr()
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert error[:-1].isprintable()
    return error


def test_the_table_names_a_test_for_every_row() -> None:
    text = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| ")][1:]
    named = {name for row in rows for name in re.findall(r"`(test_\w+)`", row.split(" | ")[-1])}
    files = [*Path(__file__).parent.glob("test_*.py"), ROOT / "tests/run/test_hostile.py"]
    sources = "".join(file.read_text(encoding="utf-8") for file in files)
    assert len(rows) >= 14
    assert all(re.search(r"`test_\w+`", row.split(" | ")[-1]) for row in rows)
    assert named <= set(re.findall(r"def (test_\w+)", sources))


def test_images_are_decoded_and_never_anything_else(box: Sandbox) -> None:
    """A link shows what it shows, but what is no picture is neither decoded nor handed on."""
    link = box.made.images / "cat" / "linked.jpg"
    link.symlink_to(box.outside / "canary.txt")
    found = read_image(link)
    assert isinstance(found, Unreadable)
    assert "mine" not in found.cause
    os.mkfifo(box.made.images / "cat" / "pipe.jpg")
    for name in ("cat/pipe.jpg", "cat/zero.jpg"):
        if name == "cat/zero.jpg":
            (box.made.images / name).symlink_to("/dev/zero")
        assert isinstance(read_image(box.made.images / name), Unreadable)


def test_a_manifest_opens_nothing_outside_the_root(box: Sandbox) -> None:
    rows = "".join(f'"{path}",cat\n' for path in ESCAPING if "\0" not in path)
    (box.folder / "labels.csv").write_text(f"path,label\n{rows}cat/img0003.jpg,cat\n")
    listing = list_manifest(box.made.images, box.folder / "labels.csv")
    assert listing.paths == ("cat/img0003.jpg",)
    assert len([one for one in listing.problems if one.where.startswith("labels.csv:")]) == len(ESCAPING) - 1


@pytest.mark.parametrize("column", ["path", "members", "new_label"])
def test_decisions_change_only_what_they_name_inside(
    box: Sandbox, column: str, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = pd.concat([answered(box.made, budget=2).head(1)] * len(ESCAPING), ignore_index=True)
    if column == "members":
        members = [[{"path": path, "key": "k", "digest": "d"}] for path in ESCAPING]
        rows = rows.assign(members=[json.dumps(one) for one in members], scope="group", decision="keep")
    else:
        rows[column] = ESCAPING if column == "path" else [one or "x" for one in ESCAPING]
    rows = rows[~rows[column].str.contains("\0", regex=False)]
    write_csv(rows, box.folder / "answers.csv")
    outside, images = contents(box.outside), contents(box.made.images)
    call = [
        "apply",
        str(box.folder / "answers.csv"),
        "--source",
        str(box.made.images),
        "--write",
        "--confirm",
        "0" * 12,
    ]
    new = [text for label in ESCAPING for text in ("--new-class", label)] if column == "new_label" else []
    assert main([*call, "--records", str(box.folder / "records"), *new]) in (0, 2)
    assert contents(box.outside) == outside
    assert contents(box.made.images) == images
    assert "Traceback" not in capsys.readouterr().err


LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha">' + "".join(
    f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefghi", "bcdefghij", strict=True)
)
TAG = '<image name="1__x"><tag label="&f;"/></image>'
EXPORTS: dict[str, str] = {
    "task.json": json.dumps([{"id": 1, "data": {"path": "../../outside/canary.jpg"}, "annotations": [{"result": []}]}]),
    "types.json": json.dumps([{"id": 1, "data": {"path": {"a": 1}}, "annotations": [{"result": 3, "completed_by": []}]}]),
    "argilla.json": json.dumps([{"id": "/etc/passwd", "responses": {"label": [{"user_id": 1, "value": "cat"}]}}]),
    "deep.json": DEEP,
    "laughs.xml": LAUGHS + "]><annotations>&j;</annotations>",
    "file.xml": f'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><annotations>{TAG}</annotations>',
    "flat.csv": "annotation_id,path,label\n1,../../outside/canary.jpg,cat\n",
}  # fmt: skip


@pytest.mark.parametrize("name", EXPORTS)
def test_exports_answer_only_for_images_of_their_queue(
    box: Sandbox, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    queue = relabel_queue(box.made.run)
    write_queue(box.made.run, queue, "jsonl", box.folder / "relabel.jsonl")
    (box.folder / name).write_text(EXPORTS[name])
    before = contents(box.folder)
    call = ("apply", str(box.folder / name), "--source", str(box.made.images), "--write")
    error = fails_in_one_line(capsys, *call, "--records", str(box.folder / "records"))
    assert "root:" not in error
    assert contents(box.folder) == before


def test_a_move_script_is_ours_to_write_and_runs_nothing_in_names(tmp_path: Path) -> None:
    names = ("$(touch pwned)", "`touch pwned`", "';touch pwned;'", "-rf\nb")
    made = make_run(tmp_path, n=40, classes=names)
    plan = planned(tmp_path, made, answered(made), folder=True)
    assert plan.moves
    subprocess.run(["/bin/sh"], input=move_script(plan), text=True, cwd=made.images, check=True)
    assert not (made.images / "pwned").exists()
    assert {file.name: file.parent.name for file in made.images.rglob("*.jpg")} == {
        path.rpartition("/")[2]: label for path, label in made.truth.items()
    }


def test_an_exclusion_list_leaves_images_out_and_opens_nothing_else(box: Sandbox) -> None:
    listing = list_folder(box.made.images)
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(COLUMNS)
    writer.writerows([path, "0" * 64, "", "", ""] for path in ESCAPING if path and "\0" not in path)
    (box.folder / "excluded.csv").write_text(stream.getvalue())
    assert without(listing, read(box.folder / "excluded.csv")).paths == listing.paths


@pytest.mark.parametrize(
    "text", [f"a = {DEEP}", "[[allow]]\nkey = 1", "[[allow]]\nkey='../../x'\nreason='r'\nowner='o'", "allow = 3"]
)
def test_suppressions_name_findings_and_nothing_else(box: Sandbox, text: str) -> None:
    (box.folder / "allow.toml").write_text(text)
    with pytest.raises(DataDoctorError, match=r"allow\.toml"):
        suppressions.read(box.folder / "allow.toml")


@pytest.mark.parametrize("name", ["../../outside", "/etc", "..", "0" * 63 + "/"])
def test_a_baseline_names_no_folder(box: Sandbox, name: str) -> None:
    head = {"schema": "datadoctor/baseline@1", "calibration": {}, "frozen": name}
    (box.folder / "baseline.jsonl").write_text(json.dumps(head) + "\n")
    known = baseline.read(box.folder / "baseline.jsonl")
    assert not fits.is_kept(known.frozen, box.folder)
    (box.folder / "baseline.jsonl").write_text(json.dumps(head) + "\n" + DEEP)
    with pytest.raises(DataDoctorError, match="cannot use this baseline"):
        baseline.read(box.folder / "baseline.jsonl")


def test_a_baseline_names_no_code(box: Sandbox) -> None:
    (box.folder / "evil.py").write_text("from pathlib import Path\ndef run():\n    Path('pwned').touch()\n")
    calibration = {"model": f"efficientnet_lite2 + python/{box.folder / 'evil.py'}:run"}
    known = baseline.Baseline(calibration, (), ())
    with pytest.raises(DataDoctorError, match="names code as its model"):
        of_source(box.folder, known, Config(), Silent(), against="baseline.jsonl")
    assert not Path("pwned").exists()


@pytest.mark.parametrize(
    "text",
    ["out = 3", f"out = {DEEP}", "model = 'python/evil.py:run'", "command = 'touch pwned'", "[gate]\nchecks = 1"],
)
def test_settings_are_values_of_known_options(
    box: Sandbox, text: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(box.folder)
    Path("datadoctor.toml").write_text(text)
    before = contents(box.folder)
    assert "datadoctor.toml" in fails_in_one_line(
        capsys, "gate" if "gate" in text else "audit", "run" if "gate" in text else "images"
    )
    assert contents(box.folder) == before


COMMANDS: dict[str, list[str]] = {
    "explain": ["cat/img0003.jpg"], "queue": ["--format", "label-studio"], "evaluate": ["--truth", "labels.csv"],
    "gate": ["--write-baseline", "baseline.jsonl"], "audit-sample": [], "changes": ["run"],
}  # fmt: skip
Damage = tuple[str, str, Any]
DAMAGES: list[Damage] = [
    *[("items", "path", path) for path in ESCAPING], ("items", "path", 3), ("items", "digest", None), ("items", "judged", "x"),
    ("findings", "subjects", DEEP), ("findings", "subjects", '[{"path":1}]'), ("findings", "evidence", "[]"), ("items", "row", None),
]  # fmt: skip


@pytest.mark.parametrize(("table", "column", "value"), DAMAGES)
def test_a_run_directory_whose_tables_are_not_an_audits_is_not_used(
    box: Sandbox,
    table: str,
    column: str,
    value: object,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(box.folder)
    complete_summary(box)
    file = box.made.run.path / f"{table}.parquet"
    content = pd.read_parquet(file)
    values: list[object] = [value, *content[column].tolist()[1:]]
    if not isinstance(value, str):
        values = [value] * len(content)
    content[column] = pd.Series([str(one) for one in values] if value == "x" else values, dtype=object)
    content.to_parquet(file)
    before = contents(box.folder)
    uses = {"items": list(COMMANDS), "findings": ["explain", "queue", "gate"]}[table]
    for command in uses:
        error = fails_in_one_line(capsys, command, "run", *COMMANDS[command])
        assert f"{table}.parquet" in error
    assert contents(box.folder) == before


def complete_summary(box: Sandbox) -> None:
    """What commands ask a summary for before they come to the tables."""
    more: dict[str, object] = {
        "checks": [],
        "settings": {},
        "versions": {"datadoctor": "0"},
        "model": {"weights_sha256": ""},
    }
    more["label_errors"] = whole_rate(estimate=0.1, low=0.0, high=0.2)
    (box.made.run.path / "summary.json").write_text(json.dumps(box.made.run.summary | more))


def pickled(canary: Path) -> bytes:
    class Hostile:
        def __reduce__(self) -> tuple[Any, ...]:
            return Path.unlink, (canary,)

    return pickle.dumps(Hostile())


def test_arrays_and_weights_run_no_code(box: Sandbox) -> None:
    canary = box.outside / "canary.txt"
    artifacts = box.made.run.path / "artifacts"
    array = np.empty(1, dtype=object)
    np.save(artifacts / "embeddings.npy", array, allow_pickle=True)
    np.savez(artifacts / "confusion.npz", a=array)
    for name in ("pred_probs.npy", "neighbours.npz"):
        (artifacts / name).write_bytes(pickled(canary))
    for name in ("embeddings", "pred_probs"):
        with pytest.raises(DataDoctorError, match="not an array"):
            box.made.run.array(name)
    for name in ("confusion", "neighbours"):
        with pytest.raises(DataDoctorError, match="not an array"):
            box.made.run.arrays(name)
    (box.folder / "weights.pth").write_bytes(pickled(canary))
    with pytest.raises(DataDoctorError, match=r"weights\.pth"):
        read_weights(box.folder / "weights.pth")
    torch.save({"a": pickle.loads(pickle.dumps(Path("x")))}, box.folder / "weights.pth")
    with pytest.raises(DataDoctorError, match=r"weights\.pth"):
        read_weights(box.folder / "weights.pth")
    assert canary.is_file()


def test_a_run_directory_shows_and_copies_only_pictures_that_were_audited(box: Sandbox) -> None:
    """Its source may be any folder: only files whose digest the run knows are shown or copied, and no link's secret."""
    run = stranger_run(box, source=box.outside, path="canary.txt", digest="0" * 64)
    with pytest.raises(DataDoctorError, match="not the file that was audited"):
        write_queue(run, relabel_queue(run, budget=1), "jsonl", box.folder / "q.jsonl", copy_images=True)
    assert not list(box.folder.rglob("canary.txt"))
    link = box.made.images / "cat" / "linked.jpg"
    link.symlink_to(box.outside / "canary.txt")
    digest = hashlib.sha256((box.outside / "canary.txt").read_bytes()).hexdigest()
    run = stranger_run(box, source=box.made.images, path="cat/linked.jpg", digest=digest)
    with pytest.raises(DataDoctorError, match="no picture"):
        write_queue(run, relabel_queue(run, budget=1), "cvat", box.folder / "cvat", copy_images=True)
    Image.new("RGB", (8, 8)).save(box.outside / "picture.png")
    items = pd.DataFrame([{"path": "picture.png", "digest": "0" * 64, "width": 999, "height": 999}])
    assert list(Pictures(box.outside.joinpath, items).of(["0" * 64])) == [("0" * 64, None)]
    items["path"] = "zero"
    assert list(Pictures(Path("/dev").joinpath, items).of(["0" * 64])) == [("0" * 64, None)]


def stranger_run(box: Sandbox, source: Path, path: str, digest: str) -> Run:
    """The run of the sandbox, saying that its worst image is this one."""
    folder = box.made.run.path
    items = pd.read_parquet(folder / "items.parquet")
    worst = int(items["p_mislabel"].to_numpy().argmax())
    findings = pd.read_parquet(folder / "findings.parquet")
    findings["subjects"] = [text.replace(items.loc[worst, "path"], path) for text in findings["subjects"]]
    items.loc[worst, ["path", "digest"]] = [path, digest]
    items.to_parquet(folder / "items.parquet")
    findings.to_parquet(folder / "findings.parquet")
    summary = json.loads((folder / "summary.json").read_text()) | {"source": str(source)}
    (folder / "summary.json").write_text(json.dumps(summary))
    return Run(folder)


@pytest.mark.parametrize(
    ("link", "call"),
    [
        ("queue.csv", ["queue"]), ("queue.jsonl", ["queue", "--format", "jsonl"]), ("queue-csv", ["queue", "--reviewer", "canary"]),
        ("audit-sample.csv", ["audit-sample"]), ("queue-images", ["queue", "--copy-images"]),
        ("queue-images/cat", ["queue", "--copy-images"]),
    ],
)  # fmt: skip
def test_links_in_a_run_directory_are_not_written_through(
    box: Sandbox, link: str, call: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(box.folder)
    (box.outside / "canary.csv").write_text("mine")
    folder = not link.endswith((".csv", ".jsonl"))
    replaced_by_link(box.made.run.path / link, box.outside if folder else box.outside / "canary.txt")
    before = contents(box.outside)
    error = fails_in_one_line(capsys, call[0], "run", *call[1:])
    assert "a link that leads out of" in error
    assert contents(box.outside) == before


def test_outputs_in_a_strangers_checkout_are_not_written_through_links(
    box: Sandbox, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A pull request may bring a link of the name that the gate writes to."""
    monkeypatch.chdir(box.folder)
    complete_summary(box)
    replaced_by_link(box.folder / "gate.sarif", box.outside / "canary.txt")
    replaced_by_link(box.folder / "baseline.jsonl", box.outside / "canary.txt")
    before = contents(box.outside)
    assert "a link that leads out of" in fails_in_one_line(capsys, "gate", "run", "--write", "sarif=gate.sarif")
    main(["gate", "run", "--write-baseline", "baseline.jsonl"])
    assert contents(box.outside) == before


def test_names_in_a_run_directory_do_not_steer_the_terminal(box: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    items = pd.read_parquet(box.made.run.path / "items.parquet")
    items["given_label"] = items["given_label"] + "\x1b]0;pwned\x07"
    items.to_parquet(box.made.run.path / "items.parquet")
    complete_summary(box)
    assert main(["explain", str(box.made.run.path), "cat/img0003.jpg"]) == 0
    assert "\x1b" not in capsys.readouterr().out
    assert "\x1b" not in fails_in_one_line(capsys, "explain", str(box.made.run.path), "\x1b[2J")


ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT"
HOSTILE_SQL = {
    "view": [f"CREATE VIEW made AS {ENDLESS} x'00' AS key, max(i) AS content FROM n"],
    "trigger": [
        "CREATE TABLE files (path BLOB PRIMARY KEY, stamp TEXT NOT NULL, digest TEXT NOT NULL) WITHOUT ROWID",
        "CREATE TABLE made (key BLOB PRIMARY KEY, content BLOB NOT NULL)",
        "CREATE TRIGGER t AFTER INSERT ON made BEGIN DELETE FROM files; END",
    ],
}


@pytest.mark.parametrize("kind", HOSTILE_SQL)
@pytest.mark.filterwarnings("ignore:.*damaged")
def test_a_cache_is_two_tables_or_is_not_used(box: Sandbox, kind: str) -> None:
    cache = box.folder / "cache"
    cache.mkdir()
    with sqlite3.connect(cache / FILE_NAME) as connection:
        for statement in HOSTILE_SQL[kind]:
            connection.execute(statement)
    connection.close()
    try:
        opened = ImageCache(cache)
    except DataDoctorError as error:
        assert "cannot use the cache" in str(error)  # noqa: PT017 - either way will do
        return
    opened.put([], [Entry("d", "m", b"c")])
    assert opened.get("d", "m") == b"c"
    opened.close()
    assert list(cache.glob("*.damaged-*"))


def test_a_cache_that_is_a_link_is_not_written(box: Sandbox) -> None:
    (box.folder / "cache").mkdir()
    mine = box.outside / "mine.sqlite"
    with sqlite3.connect(mine) as connection:
        connection.execute("CREATE TABLE mine (a)")
    connection.close()
    (box.folder / "cache" / FILE_NAME).symlink_to(mine)
    before = contents(box.outside)
    with pytest.raises(DataDoctorError, match="it is a link"):
        ImageCache(box.folder / "cache")
    assert contents(box.outside) == before


def test_thumbnails_are_one_table_of_bytes(box: Sandbox) -> None:
    file = box.folder / "thumbnails.sqlite"
    for statement in (
        f"CREATE VIEW thumbnails AS {ENDLESS} 'd' AS digest, max(i) AS jpeg FROM n",
        "CREATE TABLE x (a)",
    ):
        with sqlite3.connect(file) as connection:
            connection.execute(statement)
        connection.close()
        with pytest.raises(DataDoctorError, match="not the thumbnails of an audit"):
            Thumbnails(file)
        file.unlink()
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE thumbnails (digest TEXT PRIMARY KEY, jpeg BLOB NOT NULL)")
        connection.execute("INSERT INTO thumbnails VALUES ('d', 100000000000)")
    connection.close()
    assert Thumbnails(file).get("d") is None
    file.write_bytes(b"SQLite format 3\0" + b"x" * 5000)
    with pytest.raises(DataDoctorError, match="not the thumbnails of an audit"):
        Thumbnails(file)


@pytest.mark.slow
def test_an_audit_into_a_strangers_folder_writes_through_no_link(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every name that an audit writes is a link to a file of the user's before; then the folder of arrays is one."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    for number in range(16):
        (tmp_path / "images" / "cd"[number % 2]).mkdir(parents=True, exist_ok=True)
        picture = Image.fromarray(rng.integers(0, 255, (16, 16, 3), dtype=np.uint8))
        picture.save(tmp_path / "images" / "cd"[number % 2] / f"{number}.png")
    call = ["audit", "images", "--model", "filters", "--cache", "cache", "--out"]
    main([*call, "plain"])  # 3: so small that some checks cannot judge
    (tmp_path / "mine").mkdir()
    for file in [one for one in (tmp_path / "plain").rglob("*") if one.is_file() and "stages" not in one.parts]:
        for name in (file.name, f"{file.name}.unfinished", f".{file.name}.unfinished"):
            (tmp_path / "mine" / name).write_text("mine")
            replaced_by_link(
                (tmp_path / "out" / file.relative_to(tmp_path / "plain")).with_name(name), tmp_path / "mine" / name
            )
    before = contents(tmp_path / "mine")
    assert len(before) > 40
    assert main([*call, "out"]) == 3
    assert contents(tmp_path / "mine") == before
    assert (tmp_path / "out" / "report.html").read_bytes()[:9] == b"<!doctype"
    for folder in ("artifacts", "artifacts/stages"):
        shutil.rmtree(tmp_path / "out")
        replaced_by_link(tmp_path / "out" / folder, tmp_path / "mine")
        assert main([*call, "out"]) == 2
        assert "a link that leads out of" in capsys.readouterr().err
        assert contents(tmp_path / "mine") == before
