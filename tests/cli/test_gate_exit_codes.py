"""What a gate that cannot judge says to the shell: never 0, and 1 only for a verdict."""

import hashlib
import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from datadoctor.cli import main
from fixtures.make import make_planted
from tests.cli.test_exit_codes import listen_to_signals
from tests.gate.make import finding, item, write_run

BASE = [item(f"cat/{number}.png") for number in range(4)]
COMMAND = [sys.executable, "-m", "datadoctor", "gate"]


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return write_run(tmp_path / "run", BASE, [finding("mislabel", BASE[:1])])


def without(name: str) -> Callable[[Path], None]:
    def spoil(file: Path) -> None:
        pd.read_parquet(file).drop(columns=name).to_parquet(file)

    return spoil


def shortened(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-20])


def with_broken_subjects(file: Path) -> None:
    pd.read_parquet(file).assign(subjects="[{").to_parquet(file)


def without_checks(file: Path) -> None:
    content = json.loads(file.read_text())
    del content["checks"]
    file.write_text(json.dumps(content))


@pytest.mark.parametrize(
    ("name", "spoil"),
    [
        ("items.parquet", lambda file: file.write_bytes(b"not parquet")),
        ("items.parquet", lambda file: file.write_bytes(b"")),
        ("items.parquet", shortened),
        ("items.parquet", without("pixel_digest")),
        ("items.parquet", Path.unlink),
        ("findings.parquet", shortened),
        ("findings.parquet", with_broken_subjects),
        ("summary.json", shortened),
        ("summary.json", without_checks),
    ],
)
def test_a_damaged_run_is_2_and_says_which(
    run: Path, name: str, spoil: Callable[[Path], None], capsys: pytest.CaptureFixture[str]
) -> None:
    spoil(run / name)
    assert main(["gate", str(run), "--exit-zero"]) == 2
    said = capsys.readouterr().err
    assert str(run) in said
    assert "audit" in said
    assert len(said.splitlines()) == 1, said


def test_a_damaged_run_is_2_as_a_shell_sees_it(run: Path) -> None:
    (run / "items.parquet").write_bytes(b"not parquet")
    done = subprocess.run([*COMMAND, str(run), "--exit-zero"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert "items.parquet: not a table" in done.stderr


def test_a_crash_is_70_and_never_0_or_1(run: Path) -> None:
    broken = "import sys; from datadoctor.gate import judge; judge.judge = None; from datadoctor.cli import main"
    command = [sys.executable, "-c", f"{broken}; sys.exit(main({['gate', str(run), '--exit-zero']!r}))"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 70
    assert "TypeError" in done.stderr
    assert "this is a bug" in done.stderr


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 3), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_to_stop_is_no_verdict(run: Path, number: signal.Signals, code: int) -> None:
    # A judge that never ends: the gate is at work for as long as the test wants.
    endless = "import sys, time; from datadoctor.gate import judge; from datadoctor.cli import main"
    endless += "; judge.judge = lambda *_, **__: (print('at work', file=sys.stderr, flush=True), time.sleep(60))"
    process = subprocess.Popen(
        [sys.executable, "-c", f"{endless}; sys.exit(main({['gate', str(run), '--exit-zero']!r}))"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=listen_to_signals,
    )  # fmt: skip
    assert process.stderr is not None
    assert process.stderr.readline() == "at work\n"
    process.send_signal(number)
    stdout, stderr = process.communicate(timeout=60)
    assert (process.returncode, stdout) == (code, "")
    assert ("interrupted" if number == signal.SIGINT else f"stopped by {number.name}") in stderr
    assert "Traceback" not in stderr


@pytest.mark.parametrize("options", [["--hash-only"], ["--baseline", "baseline.jsonl"]])
def test_a_dataset_without_images_is_2_and_no_clean_pass(
    run: Path, tmp_path: Path, options: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["gate", str(run), "--write-baseline", "baseline.jsonl"]) == 0
    (tmp_path / "data" / "cat").mkdir(parents=True)
    capsys.readouterr()
    assert main(["gate", "data", *options, "--exit-zero"]) == 2
    assert "no images" in capsys.readouterr().err


def test_a_dataset_without_a_baseline_is_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "data" / "cat").mkdir(parents=True)
    assert main(["gate", str(tmp_path / "data")]) == 2
    assert "--baseline" in capsys.readouterr().err


def test_an_output_that_cannot_be_written_is_2(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["gate", str(run), "--exit-zero", "--write", f"json={run / 'summary.json' / 'gate.json'}"]) == 2
    assert "gate.json" in capsys.readouterr().err


def test_what_an_audit_leaves_out_is_left_out_here_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    make_planted(tmp_path / "data")
    broken = tmp_path / "data" / "aa broken.png"
    broken.write_bytes(b"\x89PNG")
    command = ["gate", "data", "--hash-only", "--format", "json"]
    main(command)
    before = json.loads(capsys.readouterr().out)
    digest = hashlib.sha256(broken.read_bytes()).hexdigest()
    (tmp_path / ".datadoctor").mkdir()
    (tmp_path / ".datadoctor" / "excluded.csv").write_text(f"path,digest\naa broken.png,{digest}\n")
    main(command)
    after = json.loads(capsys.readouterr().out)
    assert after["delta"]["added"] == before["delta"]["added"] - 1
