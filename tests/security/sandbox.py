"""A dataset with what came with it, and canaries outside that nothing may touch."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from datadoctor.cli import main
from datadoctor.findings.records import Records
from datadoctor.relabel.apply import write_plan
from tests.relabel.apply.decide import answered, planned
from tests.relabel.queue.make_run import Made, make_run

Contents = dict[str, bytes | str]


@dataclass(frozen=True)
class Sandbox:
    """``folder`` holds the dataset (images, labels.csv, run, records); ``outside`` what belongs to the user."""

    folder: Path
    outside: Path
    made: Made

    @property
    def records(self) -> Records:
        return Records(self.folder / "records")

    def undo(self, *more: str, manifest: bool = True) -> int:
        """``apply --undo`` with ``--write``; the exit code."""
        place = ["--source", str(self.made.images)]
        place += ["--manifest", str(self.folder / "labels.csv")] if manifest else []
        return main(["apply", "--undo", str(self.records.log_file), *place, "--write", *more])


def sandbox(folder: Path, *, applied: str = "") -> Sandbox:
    """``applied``: whether decisions were written to the 'manifest' or the 'folder' before, so that there is a log."""
    outside = folder / "outside"
    (outside / "cat").mkdir(parents=True)
    for name in ("canary.txt", "canary.jpg", "cat/img0000.jpg"):
        (outside / name).write_bytes(b"mine " + name.encode())
    (outside / "canary.sh").write_bytes(b"#!/bin/sh\n")
    (outside / "canary.sh").chmod(0o755)
    made = make_run(folder / "dataset", n=20)
    made.manifest(folder / "dataset" / "labels.csv")
    box = Sandbox(folder / "dataset", outside, made)
    if applied:
        rows = answered(made, budget=8)
        write_plan(planned(box.folder, made, rows, folder=applied == "folder"), by="ci")
    return box


def contents(folder: Path) -> Contents:
    """Everything below a folder: bytes of files with their mode, texts of links, and folders."""
    found: Contents = {}
    for file in sorted(folder.rglob("*")):
        name = os.fsencode(file.relative_to(folder)).decode("utf-8", "backslashreplace")
        if file.is_symlink():
            found[name] = str(file.readlink())
        elif file.is_file():
            found[name] = b"%o " % file.stat().st_mode + file.read_bytes()
        else:
            found[name] = "folder"
    return found


def replaced_by_link(file: Path, there: Path) -> None:
    """What a stranger did to a file or folder of the dataset before handing it on."""
    if file.is_dir() and not file.is_symlink():
        shutil.rmtree(file)
    file.unlink(missing_ok=True)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.symlink_to(there)
