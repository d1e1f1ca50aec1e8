"""Folders of class folders: images move and come back. And runs that are killed: nothing is lost."""

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from datadoctor.outputs.apply import log, write_plan
from datadoctor.outputs.apply.diff import move_script
from datadoctor.outputs.apply.write import undo
from tests.outputs.apply.decide import answered, planned, tree
from tests.outputs.queue.make_run import Made, make_run


@pytest.fixture
def made(tmp_path: Path) -> Made:
    return make_run(tmp_path)


def test_a_folder_gets_moves_that_come_back(tmp_path: Path, made: Made) -> None:
    before = tree(made.images)
    rows = answered(made)
    plan = planned(tmp_path, made, rows, folder=True)
    assert len(plan.moves) == 8
    write_plan(plan, by="ci")
    after = tree(made.images)
    assert {Path(path).name: Path(path).parent.name for path in after} == {
        Path(path).name: true for path, true in made.truth.items()
    }
    assert sorted(after.values()) == sorted(before.values())
    assert len(planned(tmp_path, made, rows, folder=True).done) == 8
    undo(plan.records.log_file)
    assert tree(made.images) == before


def test_the_script_moves_as_the_plan_does(tmp_path: Path, made: Made) -> None:
    plan = planned(tmp_path, made, answered(made), folder=True)
    copy = tmp_path / "copy"
    shutil.copytree(made.images, copy)
    subprocess.run(["/bin/sh"], input=move_script(plan), text=True, cwd=copy, check=True)
    write_plan(plan, by="ci")
    assert tree(copy) == tree(made.images)


def test_a_move_never_replaces_another_image(tmp_path: Path, made: Made) -> None:
    rows = answered(made)
    taken = made.images / made.truth[rows["path"][0]] / Path(rows["path"][0]).name
    taken.write_bytes(b"somebody else")
    plan = planned(tmp_path, made, rows, folder=True)
    assert [one.decision.path for one in plan.refused] == [rows["path"][0]]
    write_plan(plan, by="ci")
    assert taken.read_bytes() == b"somebody else"


# Kills itself at the n-th step that touches the disk; prints how many there were if it lived.
KILLED = """
import os, signal, sys
from pathlib import Path
from datadoctor.outputs.apply import plan_decisions, write_plan
folder, last = Path(sys.argv[1]), int(sys.argv[3])
steps = 0
def counted(step):
    def call(*args, **options):
        touched()
        result = step(*args, **options)
        if step is really_open:  # a file that is open for writing is empty at first
            touched()
        return result
    return call
def touched():
    global steps
    steps += 1
    if steps == last:
        os.kill(os.getpid(), signal.SIGKILL)
really_open = Path.open
manifest = None if sys.argv[2] == "folder" else folder / "labels.csv"
plan = plan_decisions(folder / "decisions.csv", source=folder / "images", manifest=manifest, records=folder / "records")
os.fsync, os.link = counted(os.fsync), counted(os.link)
Path.replace, Path.unlink, Path.open = counted(Path.replace), counted(Path.unlink), counted(Path.open)
write_plan(plan, by="ci")
print(steps)
"""


def run_killed(folder: Path, kind: str, step: int) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", KILLED, str(folder), kind, str(step)]
    return subprocess.run(command, capture_output=True, text=True)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["manifest", "folder"])
def test_killed_at_any_step_nothing_is_lost_and_a_second_run_finishes(tmp_path: Path, kind: str) -> None:
    fresh = make_run(tmp_path / "fresh", n=15)
    rows = answered(fresh, budget=5)
    planned(tmp_path / "fresh", fresh, rows, folder=kind == "folder")
    shutil.copytree(tmp_path / "fresh", tmp_path / "whole")
    steps = int(run_killed(tmp_path / "whole", kind, 0).stdout)
    assert steps > 15
    images = sorted(tree(fresh.images).values())
    old, new = ((tmp_path / name / "labels.csv") for name in ("fresh", "whole"))
    for step in range(1, steps + 1):
        folder = tmp_path / str(step)
        shutil.copytree(tmp_path / "fresh", folder)
        made = Made(fresh.run, folder / "images", fresh.truth)
        assert run_killed(folder, kind, step).returncode == -signal.SIGKILL
        if kind == "manifest":
            assert (folder / "labels.csv").read_bytes() in (old.read_bytes(), new.read_bytes())
        assert set(tree(made.images).values()) == set(images)
        log.read(folder / "records" / "corrections.jsonl")
        again = planned(folder, made, rows, folder=kind == "folder")
        assert not again.refused
        write_plan(again, by="ci")
        assert sorted(tree(made.images).values()) == images
        assert len(planned(folder, made, rows, folder=kind == "folder").done) == 5
        while log.read(again.records.log_file):
            undo(again.records.log_file)
        assert tree(made.images) == tree(fresh.images)
        if kind == "manifest":
            assert (folder / "labels.csv").read_bytes() == old.read_bytes()
