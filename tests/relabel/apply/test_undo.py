"""Taking back: shown first, only in the dataset that is named, and only by the log that was made for it."""

import shutil
import signal
from pathlib import Path

import pytest

from datadoctor.cli import main
from datadoctor.errors import DataDoctorError
from datadoctor.findings import log
from datadoctor.relabel.apply import write_plan
from datadoctor.relabel.apply.plan import Plan
from datadoctor.relabel.apply.undo import Place, command, plan_undo
from tests.relabel.apply.decide import answered, planned, tree, undo
from tests.relabel.apply.test_moves_and_crashes import run_killed
from tests.relabel.queue.make_run import Made, make_run


@pytest.fixture
def made(tmp_path: Path) -> Made:
    return make_run(tmp_path, n=80)


def applied(tmp_path: Path, made: Made, folder: bool = False) -> Plan:
    rows = answered(made, budget=18)
    rows.loc[rows.index[-1], "decision"] = "exclude"
    plan = planned(tmp_path, made, rows, folder=folder)
    write_plan(plan, by="ci")
    return plan


def named(tmp_path: Path, made: Made, folder: bool = False) -> list[str]:
    manifest = [] if folder else ["--manifest", str(tmp_path / "labels.csv")]
    return ["apply", "--undo", str(tmp_path / "records" / "corrections.jsonl"), "--source", str(made.images), *manifest]


@pytest.mark.parametrize("folder", [False, True])
def test_it_is_a_dry_run_until_write(
    tmp_path: Path, made: Made, folder: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    planned(tmp_path, made, answered(made), folder=folder)
    before = tree(tmp_path)
    applied(tmp_path, made, folder=folder)
    after = tree(tmp_path)
    assert main(named(tmp_path, made, folder)) == 0
    printed = capsys.readouterr().out
    assert tree(tmp_path) == after
    assert "by mara: 18 corrections" in printed
    assert "dry run" in printed
    assert f"{tmp_path / 'records' / 'excluded.csv'}: deleted, for it was made then" in printed
    if folder:
        assert "  move back: 16\n" in printed
        assert printed.count(" -> ") == 10
        assert "    and 6 more\n" in printed
    else:
        assert f"{tmp_path / 'labels.csv'}: as before again: 16 of its lines go, 16 come back" in printed
    assert main([*named(tmp_path, made, folder), "--write"]) == 0
    kept = {path: content for path, content in tree(tmp_path).items() if not path.startswith("records/")}
    assert kept == {path: content for path, content in before.items() if path != "decisions.csv"} | {
        "decisions.csv": after["decisions.csv"]
    }


def test_what_apply_prints_takes_it_back(tmp_path: Path, made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = applied(tmp_path, made)
    bound = log.read(plan.records.log_file)[-1].bound
    assert bound == log.Bound("../images", "../labels.csv", "")
    monkeypatch.chdir(tmp_path)
    line = command(Path("records/corrections.jsonl"), bound)
    assert line == "datadoctor apply --undo records/corrections.jsonl --source images --manifest labels.csv"
    assert main([*line.split()[1:], "--write"]) == 0
    assert "changed" not in (tmp_path / "labels.csv").read_text()


def test_a_log_is_used_on_the_dataset_it_was_made_for_only(tmp_path: Path, made: Made) -> None:
    plan = applied(tmp_path, made)
    twin = shutil.copytree(made.images, tmp_path / "twin")
    other = Path(shutil.copyfile(tmp_path / "labels.csv", tmp_path / "other.csv"))
    before = tree(tmp_path)
    manifest = tmp_path / "labels.csv"
    wrong = [
        (twin, manifest, None),
        (made.images, other, None),
        (made.images, None, None),
        (made.images, manifest, other),
    ]
    for root, file, out in wrong:
        with pytest.raises(DataDoctorError, match=r"was made for --source .*images --manifest .*labels.csv"):
            plan_undo(plan.records.log_file, Place(root, file, out, False))
    with pytest.raises(DataDoctorError, match="say which dataset it may change"):
        plan_undo(plan.records.log_file, Place(None, None, None, False))
    assert tree(tmp_path) == before


def test_a_project_that_moved_as_a_whole_can_still_take_it_back(tmp_path: Path) -> None:
    made = make_run(tmp_path / "here", n=20)
    planned(tmp_path / "here", made, answered(made))
    before = (tmp_path / "here" / "labels.csv").read_bytes()
    write_plan(planned(tmp_path / "here", made, answered(made)), by="ci")
    there = (tmp_path / "here").rename(tmp_path / "there")
    assert main([*named(there, Made(made.run, there / "images", made.truth)), "--write"]) == 0
    assert (there / "labels.csv").read_bytes() == before


def test_a_corrected_copy_of_the_manifest_is_taken_away(tmp_path: Path, made: Made) -> None:
    plan = planned(tmp_path, made, answered(made))
    before = tree(tmp_path)
    write_plan(plan, by="ci", out=tmp_path / "corrected.csv")
    assert main([*named(tmp_path, made), "--write"]) == 2
    assert main([*named(tmp_path, made), "--out", str(tmp_path / "corrected.csv"), "--write"]) == 0
    assert {path: text for path, text in tree(tmp_path).items() if not path.startswith("records/")} == before


def test_backups_are_those_of_the_transaction(tmp_path: Path, made: Made) -> None:
    plan = applied(tmp_path, made)
    own = plan.records.backup(log.read(plan.records.log_file)[-1].name, "x").parent
    foreign = own.with_name("0" * 16)
    own.rename(foreign)
    before = tree(tmp_path)
    with pytest.raises(DataDoctorError, match="missing or damaged"):
        undo(plan)
    shutil.copytree(foreign, own)
    next(own.iterdir()).write_bytes(b"path,label\nmine.jpg,cat\n")
    with pytest.raises(DataDoctorError, match="missing or damaged"):
        undo(plan)
    shutil.rmtree(own)
    assert tree(tmp_path) == before


def test_a_log_whose_lines_were_changed_is_refused(tmp_path: Path, made: Made) -> None:
    plan = applied(tmp_path, made)
    lines = plan.records.log_file.read_text().splitlines(keepends=True)
    for changed in (lines[:-1], [lines[0], *lines[2:]], [lines[0].replace("../images", "../image"), *lines[1:]]):
        plan.records.log_file.write_text("".join(changed))
        with pytest.raises(DataDoctorError, match="changed since"):
            undo(plan)


EARLIER = """\
{"schema":"datadoctor/corrections@1","transaction":"t","when":"w","files":[{"file":"FILE","before":"","after":"SHA"}],"moves":[]}
{"transaction":"t","when":"w","who":"mara","decision":"relabel","path":"p","before":"a","after":"b","key":"k","digest":"d",\
"note":"","like":""}
"""


def test_a_log_of_the_earlier_schema_is_known_but_not_taken_back(tmp_path: Path, made: Made) -> None:
    plan = planned(tmp_path, made, answered(made))
    plan.records.folder.mkdir()
    plan.records.log_file.write_text(EARLIER.replace("FILE", str(tmp_path / "labels.csv")))
    with pytest.raises(DataDoctorError, match="written by an earlier version"):
        undo(plan)
    assert [one.key for one in log.in_force(plan.records.log_file)] == ["k"]
    write_plan(plan, by="ci")  # goes on in the same file, and that part can be taken back
    undo(plan)
    assert (tmp_path / "labels.csv").is_file()


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["manifest", "folder"])
def test_killed_at_any_step_it_is_finished_by_the_same_command(tmp_path: Path, kind: str) -> None:
    fresh = make_run(tmp_path / "fresh", n=12)
    rows = answered(fresh, budget=3)
    rows.loc[rows.index[-1], "decision"] = "exclude"
    planned(tmp_path / "fresh", fresh, rows, folder=kind == "folder")
    before = tree(tmp_path / "fresh")
    shutil.copytree(tmp_path / "fresh", tmp_path / "done")
    write_plan(
        planned(tmp_path / "done", Made(fresh.run, tmp_path / "done" / "images", {}), rows, kind == "folder"), by="ci"
    )
    shutil.copytree(tmp_path / "done", tmp_path / "whole")
    steps = int(run_killed(tmp_path / "whole", kind, 0, "undo").stdout)
    assert steps > 10
    for step in range(1, steps + 1):
        folder = shutil.copytree(tmp_path / "done", tmp_path / str(step))
        assert run_killed(folder, kind, step, "undo").returncode == -signal.SIGKILL
        if log.read(folder / "records" / "corrections.jsonl"):
            again = named(folder, Made(fresh.run, folder / "images", {}), kind == "folder")
            assert main([*again, "--write"]) == 0
        left = {path: text for path, text in tree(folder).items() if not path.startswith(("records/", "."))}
        assert left == before
