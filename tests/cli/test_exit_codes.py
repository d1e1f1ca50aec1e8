"""Exit codes and messages as a shell sees them."""

import argparse
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from datadoctor.cli import main
from datadoctor.cli.audit import add_settings, settings
from fixtures.make import make_planted


def run(*arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "datadoctor", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, check=False)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["audit", "nowhere"], "nowhere"),
        (["audit", ".", "--select", "no-such-check"], "unknown check 'no-such-check'"),
        (["audit", "."], "no images"),
        (["checks", "no-such-check"], "unknown check"),
        (["evaluate", "nowhere", "--truth", "none.csv"], "none.csv"),
        (["audit", ".", "--config", "none.toml"], "none.toml"),
    ],
)
def test_a_mistake_is_one_clear_line_and_exit_code_2(tmp_path: Path, arguments: list[str], said: str) -> None:
    done = run(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr


def test_a_wrong_flag_is_exit_code_2(tmp_path: Path) -> None:
    assert run("audit", ".", "--modle", "x", cwd=tmp_path).returncode == 2


def test_a_list_of_checks_may_be_repeated_and_nothing_of_it_is_lost(tmp_path: Path) -> None:
    parser = argparse.ArgumentParser()
    add_settings(parser)
    text = "--select outlier,mislabel --select split-leak --ignore outlier --ignore mislabel,split-leak"
    (tmp_path / "given.toml").write_text('select = ["near-duplicate"]')
    given = settings(parser.parse_args([*text.split(), "--config", str(tmp_path / "given.toml")]))
    assert given.select == ("outlier", "mislabel", "split-leak")
    assert given.ignore == given.select


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here, a device that is always full")
def test_a_full_disk_is_no_bug() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "datadoctor", "checks"], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 3
    assert "no space is left" in done.stderr
    assert "Traceback" not in done.stderr


def test_checks_lists_every_check_and_explains_one() -> None:
    listed = run("checks")
    assert listed.returncode == 0
    assert "mislabel" in listed.stdout
    explained = run("checks", "outlier")
    assert "robust standard deviations" in explained.stdout


def test_a_bug_is_exit_code_70_with_its_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(_: object) -> int:
        raise RuntimeError("boom")

    monkeypatch.setattr("datadoctor.cli.checks.run", broken)
    assert main(["checks"]) == 70
    assert "RuntimeError: boom" in capsys.readouterr().err


def listen_to_signals() -> None:
    """What a shell runs in the background is deaf to Ctrl-C, what runs under ``nohup`` to SIGHUP, and our tests may be run so."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def test_ctrl_c_is_exit_code_3_and_the_next_run_continues(tmp_path: Path) -> None:
    make_planted(tmp_path / "data")
    command = [sys.executable, "-m", "datadoctor", "audit", str(tmp_path / "data"), "--model", "filters"]
    command += ["--out", str(tmp_path / "out"), "--cache", str(tmp_path / "cache")]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=listen_to_signals
    )
    while process.poll() is None and not (tmp_path / "cache").exists():
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 3, errors
    assert "interrupted" in errors
    assert "Traceback" not in errors
    assert run(*command[3:]).returncode in (0, 3)
    assert (tmp_path / "out" / "report.html").is_file()
