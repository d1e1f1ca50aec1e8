"""Every option of every command that takes a path, with every kind of place: one clear line, and never a bug or a hang."""

import argparse
import contextlib
import io
import os
import shutil
import signal
import stat
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image

from datadoctor.cli import main, parser
from datadoctor.cli.gate import _format_and_file
from datadoctor.run import SUMMARY_SCHEMA
from tests.cli.unprivileged import unprivileged
from tests.relabel.queue.make_run import make_run

SECONDS = 60
Values = Mapping[str, list[str]]
# What each command needs besides the option that is tried; names are those of the parser, places those of `prepared`.
BASE: dict[str, Values] = {
    "audit": {
        "source": ["images"],
        "out": ["out"],
        "cache": ["cache"],
        "model": ["filters"],
        "select": ["image-quality"],
    },
    "merge": {"shards": ["shards"], "out": ["out"], "cache": ["cache"]},
    "demo": {},
    "checks": {},
    "explain": {"path": ["run"], "items": ["a/000.png"]},
    "evaluate": {"path": ["run"], "truth": ["labels.csv"]},
    "gate": {"path": ["run"]},
    "queue": {"path": ["judged"]},
    "apply": {"decisions": ["answers.csv"], "manifest": ["labels.csv"], "source": ["images"]},
    "changes": {"old": ["run"], "new": ["run-2"]},
    "compare": {"a": ["images"], "b": ["images"], "out": ["out"], "cache": ["cache"], "model": ["filters"]},
    "index": {"path": ["seen"], "out": ["known"]},
    "audit-sample": {"path": ["judged"]},
    "stages": {},
    "formats": {},
    "review": {},  # serves until it is stopped: tried in tests of its own
    "sources": {"source": ["images"]},
    "doctor": {},
    "cache": {},
    "schema": {},
    "completion": {"shell": ["bash"]},
}
# Other ways to call a command, with which an option is read that is otherwise not.
ALSO: dict[tuple[str, str], Values] = {
    ("gate", "path"): {"hash_only": []},
    ("gate", "manifest"): {"path": ["images"], "hash_only": []},
    ("gate", "exclude"): {"path": ["images"], "hash_only": []},
    ("gate", "config"): {"path": ["images"], "hash_only": []},
    ("apply", "undo"): {},
    ("apply", "out"): {"write": []},
    ("apply", "records"): {"write": []},
    ("apply", "queue"): {"decisions": ["export.json"]},
    ("queue", "out"): {"format": ["label-studio"]},
}
# Options that are given in the place of another.
INSTEAD = {"undo": "decisions", "index": "b"}
SUFFIXES = {
    "manifest": [".csv", ".tsv", ".jsonl", ".parquet"],
    "manifest_a": [".csv"],
    "manifest_b": [".parquet"],
    "hierarchy": [".csv", ".json"],
    "weights": [".pth"],
    "embeddings": [".npy", ".npz"],
    "pred_probs": [".npy", ".npz", ".parquet"],
    "decisions": [".csv", ".tsv", ".json", ".jsonl", ".xml"],
    "queue": [".jsonl"],
    "undo": [".jsonl"],
    "baseline": [".jsonl"],
    "config": [".toml"],
    "allow": [".toml"],
}


def commands() -> dict[str, argparse.ArgumentParser]:
    """The parser of each command."""
    (group,) = (one for one in parser()._actions if isinstance(one, argparse._SubParsersAction))
    return dict(group.choices)


def path_options() -> list[tuple[str, str]]:
    """(command, name) of every option that takes a path."""
    every = ((name, one) for name, command in commands().items() if name != "review" for one in command._actions)
    return [(name, one.dest) for name, one in every if takes_path(one)]


def takes_path(option: argparse.Action) -> bool:
    return option.type in (Path, _format_and_file)


def test_every_option_that_is_said_to_take_a_file_takes_a_path() -> None:
    said = {"FILE", "DIR", "CSV", "PATH", "TOML", "JSONL", "RUN", "SOURCE", "LOG", "DECISIONS", "FORMAT=FILE"}
    for name, command in commands().items():
        assert name in BASE, "a new command: say in BASE how it is called"
        for option in command._actions:
            assert option.metavar not in said or takes_path(option), f"{name} {option.dest}"


def junk(file: Path) -> None:
    file.write_bytes(np.random.default_rng(0).bytes(3000))


def picture(file: Path) -> None:
    Image.new("RGB", (24, 24), "red").save(file, "PNG")


def nested(file: Path) -> None:
    file.write_text("[" * 100_000)


def numbers(file: Path) -> None:
    file.write_text(
        '{"schema":7,"transaction":7,"files":[{"file":7,"before":7,"after":7}],"moves":[7],"when":7,"path":7}'
    )


def text(file: Path) -> None:
    file.write_text(
        "key,path,digest,decision,new_label,given_label,suggested_label\n1,2,3,4,5,6,7\n", encoding="utf-16"
    )


def table(file: Path) -> None:
    pd.DataFrame({"a": [1], "b": [[2]]}).to_parquet(file)


def scalar(file: Path) -> None:
    with file.open("wb") as stream:
        np.save(stream, np.float64(7))


def pickled(file: Path) -> None:
    with file.open("wb") as stream:
        np.save(stream, np.array([{}, None], dtype=object), allow_pickle=True)


def archive(file: Path) -> None:
    with file.open("wb") as stream:
        np.savez(stream, embeddings=np.array(["text"]), paths=np.float64(7), pred_probs=np.array(["text"]))


def weights(file: Path) -> None:
    torch.save({1: torch.zeros(2), (2, 3): torch.zeros(2)}, file)


def fifo(file: Path) -> None:
    os.mkfifo(file)


def sealed(file: Path) -> None:
    junk(file)
    file.chmod(0)


def thin_run(folder: Path) -> None:
    """A run directory that another version wrote, or somebody by hand."""
    folder.mkdir()
    (folder / "summary.json").write_text(f'{{"schema": "{SUMMARY_SCHEMA}"}}')


def list_run(folder: Path) -> None:
    folder.mkdir()
    (folder / "summary.json").write_text("[]")


def deep_run(folder: Path) -> None:
    folder.mkdir()
    nested(folder / "summary.json")


def sealed_folder(folder: Path) -> None:
    folder.mkdir()
    folder.chmod(0)


CONTENTS: dict[str, Callable[[Path], object]] = {
    "empty": Path.touch,
    "junk": junk,
    "picture": picture,
    "nested": nested,
    "numbers": numbers,
    "utf-16": text,
    "null": lambda file: file.write_text("null"),
    "lists": lambda file: file.write_text('[[1],{"a":[2],"path":{}}]'),
    "table": table,
    "scalar": scalar,
    "pickled": pickled,
    "archive": archive,
    "weights": weights,
}
RUNS: dict[str, Callable[[Path], object]] = {"thin-run": thin_run, "list-run": list_run, "deep-run": deep_run}
PLACES: dict[str, Callable[[Path], object]] = {
    "folder": Path.mkdir,
    "fifo": fifo,
    "sealed": sealed,
    "sealed-folder": sealed_folder,
    "circle": lambda file: file.symlink_to(file),
    "dangling": lambda file: file.symlink_to("nothing/there"),
}


def places(option: str, folder: Path) -> Iterator[Path]:
    """Every kind of place that somebody may name, made in ``folder``."""
    suffixes = SUFFIXES.get(option, [""])
    yield folder / f"missing{suffixes[0]}"
    yield folder / "no folder" / "missing.csv"
    yield folder / ("long" * 80 + suffixes[0])
    yield folder / Path(*["deep" * 50] * 30)
    yield Path(os.fsdecode(bytes(folder) + b"/not-utf8-\xff" + suffixes[0].encode()))
    yield folder / f"line\nbreak{suffixes[0]}"
    yield Path(f"/proc/{os.getpid()}/mem")  # a regular file that cannot be read
    yield Path("/proc/nobody-writes-here")
    yield Path("/dev/full")
    yield Path("/dev/zero")
    yield Path()
    for kind, make in (PLACES | (RUNS if option in ("path", "old", "new") else {})).items():
        make(folder / f"{kind}{suffixes[0]}")
        yield folder / f"{kind}{suffixes[0]}"
    (folder / "file").touch()
    yield folder / "file" / "below"
    yield folder / f"sealed-folder{suffixes[0]}" / "below.csv"
    for suffix in suffixes:
        for kind, make in CONTENTS.items():
            make(folder / f"{kind}{suffix}")
            yield folder / f"{kind}{suffix}"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Images, two runs over them, and files that go with them, as a user has them."""
    folder = tmp_path_factory.mktemp("made")
    random = np.random.default_rng(0)
    lines = ["path,label,true_label"]
    for number in range(12):
        name = f"{'ab'[number % 2]}/{number:03d}.png"
        (folder / "images" / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(random.integers(0, 255, (24, 24, 3), dtype=np.uint8)).save(folder / "images" / name)
        lines.append(f"{name},{'ab'[number % 2]},a")
    (folder / "labels.csv").write_text("\n".join(lines) + "\n")
    (folder / "answers.csv").write_text("key,path,digest,given_label,decision,new_label\n")
    (folder / "export.json").write_text("[]")
    call = ["audit", str(folder / "images"), "--model", "filters", "--cache", str(folder / "cache")]
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        assert main([*call, "--select", "image-quality", "--out", str(folder / "run")]) == 0
        assert main([*call, "--select", "near-duplicate", "--out", str(folder / "seen")]) == 0
        assert main([*call, "--select", "image-quality", "--shard", "1/1", "--out", str(folder / "shards/1")]) == 0
    shutil.copytree(folder / "run", folder / "run-2")
    shutil.copytree(make_run(folder / "made").run.path, folder / "judged")
    return folder


@pytest.fixture
def prepared(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of ``made`` as the current folder."""
    folder = tmp_path / "here"
    shutil.copytree(made, folder)
    (folder / "tried").mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder / "user-cache"))
    yield folder
    for one in (folder / "tried").glob("sealed-folder*"):
        one.chmod(0o700)


def arguments(command: str, values: Mapping[str, list[str]]) -> list[str]:
    """A command line that gives each of these options."""
    found: list[str] = [command]
    placed: list[str] = []
    for option in commands()[command]._actions:
        if option.dest in values:
            into = found if option.option_strings else placed
            into += [*option.option_strings[-1:], *values[option.dest]]
    return [*found, "--", *placed] if placed else found


def outcome(call: list[str]) -> tuple[int, str]:
    """Exit code and standard error of a call that does not hang."""

    def hangs(*_: Any) -> None:
        raise AssertionError(f"hangs: {call}")

    said = io.StringIO()
    signal.signal(signal.SIGALRM, hangs)
    signal.alarm(SECONDS)
    try:
        with unprivileged(), contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(said):
            try:
                return main(call), said.getvalue()
            except SystemExit as stop:
                return int(stop.code or 0), said.getvalue()
    finally:
        signal.alarm(0)


@pytest.mark.parametrize(("command", "option"), path_options())
def test_whatever_a_path_names_is_no_bug(
    command: str, option: str, prepared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The demo is long, and tested elsewhere: here it ends where its work would begin.
    monkeypatch.setattr("datadoctor.demo.write_digits", lambda _: sys.exit(0))
    devices = {name: Path(name).stat() for name in ("/dev/full", "/dev/zero")}
    prefix = "json=" if (command, option) == ("gate", "write") else ""
    wrong = []
    for place in places(option, prepared / "tried"):
        for more in ({}, ALSO.get((command, option), {})):
            values = {**BASE[command], **more, option: [f"{prefix}{place}"]}
            if option in INSTEAD:
                values.pop(INSTEAD[option])
            code, said = outcome(arguments(command, values))
            last = [line for line in said.splitlines() if line.startswith(("datadoctor: ", f"datadoctor {command}: "))]
            named = repr(place.name.partition("\n")[0].partition("\udcff")[0])[1:-1][:40] in said
            fine = code in (0, 1) or (code in (2, 3) and len(last) == 1 and said.endswith(last[0] + "\n") and named)
            if code not in (0, 1, 2, 3) or "Traceback" in said or not (fine or code == 3):
                wrong.append(f"{code} {arguments(command, values)}\n{said[-1500:]}")
            if not ALSO.get((command, option)):
                break
    assert not wrong, f"{len(wrong)}:\n" + "\n\n".join(wrong)
    for name, before in devices.items():
        assert (Path(name).stat().st_mode, Path(name).stat().st_rdev) == (before.st_mode, before.st_rdev)
    for pipe in (prepared / "tried").glob("fifo*"):
        assert stat.S_ISFIFO(pipe.stat().st_mode)
