"""Folders of class folders: images move and come back. And runs that are killed: nothing is lost."""

import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datadoctor.findings import log
from datadoctor.relabel.apply import write_plan
from datadoctor.relabel.apply.diff import move_script, plan_text
from datadoctor.relabel.queue import relabel_queue
from tests.relabel.apply.decide import answered, planned, tree, undo
from tests.relabel.queue.make_run import Made, make_run


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
    undo(plan)
    assert tree(made.images) == before


def folders(root: Path) -> set[str]:
    return {str(folder.relative_to(root)) for folder in root.rglob("*") if folder.is_dir()}


def test_a_class_folder_left_empty_goes_and_comes_back(tmp_path: Path) -> None:
    made = make_run(tmp_path, n=6, classes=("cat", "dog"))
    for file in (made.images / "dog").iterdir():
        if made.truth[f"dog/{file.name}"] == "dog":
            file.unlink()
    (made.images / "empty").mkdir()
    rows = answered(made)
    plan = planned(tmp_path, made, rows[rows["new_label"] == "cat"], folder=True)
    copy = tmp_path / "copy"
    shutil.copytree(made.images, copy)
    write_plan(plan, by="ci")
    assert folders(made.images) == {"cat", "empty"}
    subprocess.run(["/bin/sh"], input=move_script(plan), text=True, cwd=copy, check=True)
    assert folders(copy) == {"cat", "empty"}
    undo(plan)
    assert folders(made.images) == {"cat", "dog", "empty"}


def test_names_that_are_not_utf_8_move_and_come_back(tmp_path: Path) -> None:
    made = make_run(tmp_path, n=15)
    rows = answered(made)
    old = rows["path"][0]
    new = f"{old.split('/')[0]}/caf\\xe9.jpg"  # as an audit writes the name
    (made.images / old).rename(made.images / old.split("/")[0] / os.fsdecode(b"caf\xe9.jpg"))
    rows.loc[0, "path"] = new
    before = tree(made.images)
    plan = planned(tmp_path, made, rows, folder=True)
    assert len(plan.moves) == 3
    copy = tmp_path / "copy"
    shutil.copytree(made.images, copy)
    script = move_script(plan).encode("utf-8", "surrogateescape")
    subprocess.run(["/bin/sh"], input=script, cwd=copy, check=True)
    write_plan(plan, by="ci")
    assert tree(copy) == tree(made.images)
    assert (made.images / made.truth[old] / os.fsdecode(b"caf\xe9.jpg")).is_file()
    again = planned(tmp_path, made, rows, folder=True)
    assert (len(again.done), len(again.refused)) == (3, 0)
    assert "caf\\xe9" in plan_text(plan)
    undo(plan)
    assert tree(made.images) == before


@settings(max_examples=15, deadline=None)
@given(
    said=st.lists(
        st.tuples(
            st.integers(0, 14), st.sampled_from(["keep", "relabel", "exclude", "ambiguous", ""]),
            st.sampled_from(["cat", "dog", "lynx"]), st.sampled_from(["a", "b"]),
        ),
        max_size=25,
    ),
    changed=st.sets(st.integers(0, 14), max_size=4),
)  # fmt: skip
def test_random_decisions_in_a_folder_lose_nothing_and_come_back(
    tmp_path_factory: pytest.TempPathFactory, said: list[tuple[int, str, str, str]], changed: set[int]
) -> None:
    """Conflicting answers and files that changed since are left alone; every other image lies where all its answers say."""
    folder = tmp_path_factory.mktemp("random")
    made = make_run(folder, n=15)
    queue = relabel_queue(made.run, budget=15)
    for number in changed:
        (made.images / queue["path"][number]).write_bytes(b"changed %d" % number)
    rows = queue.iloc[[number for number, *_ in said]].assign(
        decision=[one[1] for one in said], new_label=[one[2] for one in said], reviewer=[one[3] for one in said]
    )
    before = tree(made.images)
    plan = planned(folder, made, rows, folder=True)
    write_plan(plan, by="ci")
    after = tree(made.images)
    assert sorted(after.values()) == sorted(before.values())
    places = {Path(path).name: path.split("/")[0] for path in after}
    for number, path in enumerate(queue["path"]):
        given = path.split("/")[0]
        answers = {
            (one[1], one[2] if one[1] == "relabel" and one[2] != given else "") for one in said if one[0] == number
        }
        wanted = {new or given for decision, new in answers if decision}
        agreed = len({("keep" if not new and one == "relabel" else one, new) for one, new in answers if one}) == 1
        moves = agreed and number not in changed
        assert places[Path(path).name] == (wanted.pop() if moves else given)
    if plan.accepted:
        undo(plan)
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
from datadoctor.relabel.apply import plan_decisions, write_plan
from datadoctor.relabel.apply.undo import Place, plan_undo, take_back
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
if sys.argv[4] == "undo":
    planned = plan_undo(folder / "records" / "corrections.jsonl", Place(folder / "images", manifest, None, False))
else:
    planned = plan_decisions(
        folder / "decisions.csv", source=folder / "images", manifest=manifest, records=folder / "records"
    )
os.fsync, os.link = counted(os.fsync), counted(os.link)
Path.replace, Path.unlink, Path.open = counted(Path.replace), counted(Path.unlink), counted(Path.open)
Path.rmdir = counted(Path.rmdir)
take_back(planned) if sys.argv[4] == "undo" else write_plan(planned, by="ci")
print(steps)
"""


def run_killed(folder: Path, kind: str, step: int, what: str = "apply") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", KILLED, str(folder), kind, str(step), what]
    return subprocess.run(command, capture_output=True, text=True)


@dataclass(frozen=True)
class Trial:
    """A dataset with five decisions, and the manifest before and after them."""

    made: Made
    rows: pd.DataFrame
    kind: str
    old: bytes
    new: bytes

    def recovers(self, folder: Path) -> None:
        """After a run was killed in ``folder``: nothing lost, nothing half-written; the same command finishes, undo goes back."""
        made = Made(self.made.run, folder / "images", self.made.truth)
        images = sorted(tree(self.made.images).values())
        if self.kind == "manifest":
            assert (folder / "labels.csv").read_bytes() in (self.old, self.new)
        assert set(tree(made.images).values()) == set(images)
        log.read(folder / "records" / "corrections.jsonl")
        again = planned(folder, made, self.rows, folder=self.kind == "folder")
        assert not again.refused
        write_plan(again, by="ci")
        assert sorted(tree(made.images).values()) == images
        assert len(planned(folder, made, self.rows, folder=self.kind == "folder").done) == len(self.rows)
        while log.read(again.records.log_file):
            undo(again)
        assert tree(made.images) == tree(self.made.images)
        if self.kind == "manifest":
            assert (folder / "labels.csv").read_bytes() == self.old


def trial(folder: Path, kind: str, budget: int) -> Trial:
    """What is in ``folder / 'fresh'``, and carried out in ``folder / 'whole'``; prints of the latter are the number of steps."""
    fresh = make_run(folder / "fresh", n=3 * budget)
    rows = answered(fresh, budget=budget)
    planned(folder / "fresh", fresh, rows, folder=kind == "folder")
    shutil.copytree(folder / "fresh", folder / "whole")
    done = run_killed(folder / "whole", kind, 0)
    (folder / "steps").write_text(done.stdout)
    old, new = ((folder / name / "labels.csv") for name in ("fresh", "whole"))
    return Trial(fresh, rows, kind, *(file.read_bytes() if kind == "manifest" else b"" for file in (old, new)))


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["manifest", "folder"])
def test_killed_at_any_step_nothing_is_lost_and_a_second_run_finishes(tmp_path: Path, kind: str) -> None:
    tried = trial(tmp_path, kind, budget=5)
    steps = int((tmp_path / "steps").read_text())
    assert steps > 15
    for step in range(1, steps + 1):
        shutil.copytree(tmp_path / "fresh", tmp_path / str(step))
        assert run_killed(tmp_path / str(step), kind, step).returncode == -signal.SIGKILL
        tried.recovers(tmp_path / str(step))


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["manifest", "folder"])
def test_killed_at_random_moments_too(tmp_path: Path, kind: str) -> None:
    tried = trial(tmp_path, kind, budget=60)
    random = Random(0)
    killed = 0
    for number in range(5):
        folder = tmp_path / str(number)
        shutil.copytree(tmp_path / "fresh", folder)
        command = [sys.executable, "-c", KILLED, str(folder), kind, "0", "apply"]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
            while child.poll() is None and not (folder / "records").exists():  # the first that is written
                time.sleep(0.0005)
            time.sleep(random.random() * 0.03)
            child.kill()
            killed += child.wait() == -signal.SIGKILL
        tried.recovers(folder)
    assert killed
