"""A run directory that anybody may have written, given to every command that reads one: one clear line, and never a bug."""

import contextlib
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.run import hostile
from tests.run.whole import Ended, called, whole_run

# As many tries as a developer waits for; DATADOCTOR_TRIES asks for more.
TRIES = int(os.environ.get("DATADOCTOR_TRIES", "8"))
several = settings(
    max_examples=TRIES, deadline=None, derandomize=TRIES == 8,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip
DOCUMENTS = ("summary.json", "hierarchy.json", "class_structure.json", "changes.json")
TABLES = ("items", "findings", "duplicates", "class_pairs")
ARRAYS = ("neighbours.npz", "confusion.npz", "pred_probs.npy", "embeddings.npy")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with every file that one may have, and truths for it."""
    return whole_run(tmp_path_factory.mktemp("made"))


@pytest.fixture(scope="module")
def here(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder to work in, where no settings and no records are."""
    with contextlib.chdir(tmp_path_factory.mktemp("here")):
        yield Path.cwd()


def check_every_command(made: Path, run: Path) -> None:
    """Each ends as it should: it did what it does, or says in one line which file is at fault."""
    for call in (
        ["explain", str(run), "train/stripes/03.png", "test/rings/copy.png"],
        ["evaluate", str(run), "--truth", str(made / "truth.csv"), "--truth", str(made / "pairs.csv")],
        ["gate", str(run), "--format", "json"],
        ["gate", str(run), "--hash-only", "--format", "markdown", "--baseline", str(made / "baseline.jsonl")],
        ["queue", str(run), "--budget", "20", "--diverse", "--strata", "--out", "queue.csv"],
        ["queue", str(run), "--format", "label-studio", "--out", "queue-ls", "--check", "conflicting-duplicate"],
        ["changes", str(made / "run"), str(run)],
        ["changes", str(run), str(made / "copy")],
        ["audit-sample", str(run), "--out", "sample.csv"],
        ["stages", str(run)],
    ):
        check_ended(called(call), call, str(run))
        shutil.rmtree("queue-ls", ignore_errors=True)


def check_ended(ended: Ended, call: list[str], at_fault: str) -> None:
    """With a documented code, and where the file is at fault with one line that names it."""
    wrong = f"{call} ended with {ended.code}\n{ended.said[-3000:]}"
    assert ended.code in (0, 1, 2, 3), wrong
    assert "Traceback" not in ended.said, wrong
    if ended.code in (2, 3):
        last = ended.said.rstrip("\n").rpartition("\n")[2]
        assert last.startswith(("datadoctor: ", "gate incomplete")), wrong
        assert at_fault in last or "train/" in last, wrong


@contextlib.contextmanager
def copied(made: Path, here: Path) -> Iterator[Path]:
    """A run directory of its own; another as it was made."""
    for name in ("run", "copy"):
        shutil.copytree(made / "run", here / name, ignore=shutil.ignore_patterns("stages", "report.html"))
    shutil.copytree(here / "copy", made / "copy", dirs_exist_ok=True)
    if not (made / "baseline.jsonl").exists():
        assert called(["gate", str(made / "run"), "--write-baseline", str(made / "baseline.jsonl")]).code == 0
    try:
        yield here / "run"
    finally:
        shutil.rmtree(here / "run")
        shutil.rmtree(here / "copy")


@pytest.mark.parametrize("name", DOCUMENTS)
@several
@given(data=st.data())
def test_documents(name: str, made: Path, here: Path, data: st.DataObject) -> None:
    with copied(made, here) as run:
        (run / name).write_text(data.draw(hostile.documents(json.loads((run / name).read_text()))))
        check_every_command(made, run)


@pytest.mark.parametrize("name", TABLES)
@several
@given(data=st.data())
def test_tables(name: str, made: Path, here: Path, data: st.DataObject) -> None:
    with copied(made, here) as run:
        file = run / f"{name}.parquet"
        table = data.draw(hostile.tables(pd.read_parquet(file)))
        try:
            table.to_parquet(file, index=data.draw(st.booleans()))
        except (ValueError, TypeError, OverflowError):  # values of several types in one column
            table.astype(str).to_parquet(file)
        check_every_command(made, run)


@pytest.mark.parametrize("name", ARRAYS)
@several
@given(data=st.data())
def test_arrays(name: str, made: Path, here: Path, data: st.DataObject) -> None:
    with copied(made, here) as run:
        file = run / "artifacts" / name
        loaded = np.load(file)
        if file.suffix == ".npy":
            np.save(file, data.draw(hostile.arrays(loaded)))
        else:
            arrays: dict[str, Any] = dict(loaded)
            chosen = data.draw(st.sampled_from(list(arrays)))
            arrays[chosen] = data.draw(hostile.arrays(arrays[chosen]))
            np.savez(file, **arrays)
        check_every_command(made, run)


@several
@given(data=st.data())
def test_baselines(made: Path, here: Path, data: st.DataObject) -> None:
    with copied(made, here):
        lines = (made / "baseline.jsonl").read_text().splitlines()
        for _ in range(data.draw(st.integers(1, 3))):
            number = data.draw(st.sampled_from((0, 0, *range(len(lines)))))
            lines[number] = data.draw(
                hostile.documents(json.loads(lines[number]) if lines[number].startswith("{") else {})
            )
        (here / "baseline.jsonl").write_text("\n".join(lines))
        for call in (
            ["gate", str(made / "run"), "--baseline", "baseline.jsonl"],
            [
                "gate",
                str(made / "images"),
                "--baseline",
                "baseline.jsonl",
                "--hash-only",
                "--cache",
                str(made / "cache"),
            ],
        ):
            check_ended(called(call), call, "baseline.jsonl")


@several
@given(data=st.data())
def test_correction_logs(made: Path, here: Path, data: st.DataObject) -> None:
    head = {"schema": "datadoctor/corrections@2", "transaction": "0" * 16, "when": "2026-01-01T00:00:00+00:00"}
    bound = {"root": str(made / "images"), "manifest": "", "out": ""}
    moved = {"source": "train/spots/01.png", "target": "train/rings/01.png", "digest": "0" * 64, "link": ""}
    names = ("transaction", "when", "who", "decision", "path", "before", "after", "key", "digest", "note", "like")
    whole = [
        head | {"bound": bound, "files": [{"role": "allow", "before": "", "after": "1" * 64}], "moves": [moved]},
        dict.fromkeys(names, "keep") | {"transaction": "0" * 16},
        {"undone": "1" * 16},
    ]
    texts = [json.dumps(one) for one in whole]
    chosen = data.draw(st.integers(0, 2))
    texts[chosen] = data.draw(hostile.documents(whole[chosen]))
    (here / "records").mkdir(exist_ok=True)
    (here / "records" / "corrections.jsonl").write_text("\n".join(texts) + "\n")
    run = str(made / "run")
    for call in (
        ["apply", "--undo", "records/corrections.jsonl", "--source", str(made / "images")],
        ["queue", run, "--records", "records", "--out", "queue.csv"],
        ["changes", run, run, "--records", "records"],
    ):
        check_ended(called(call), call, "corrections.jsonl")
