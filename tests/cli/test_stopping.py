"""Asked to stop, short of memory or files, or with nobody to talk to: never a traceback, and what was done is kept."""

import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from datadoctor.cli import main
from datadoctor.errors import IncompleteError
from datadoctor.faults import fault_of
from tests.cli.test_exit_codes import listen_to_signals, run
from tests.gate.make import finding, item, write_run

DATADOCTOR = [sys.executable, "-m", "datadoctor"]


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("many")
    random = np.random.default_rng(0)
    for number in range(400):
        file = folder / "images" / "ab"[number % 2] / f"{number}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(random.integers(0, 255, (48, 48, 3), dtype=np.uint8)).save(file)
    return folder / "images"


def audit(images: Path, folder: Path) -> list[str]:
    places = ["--out", str(folder / "out"), "--cache", str(folder / "cache")]
    return [*DATADOCTOR, "audit", str(images), "--model", "filters", "--select", "image-quality", *places]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_an_audit_that_is_stopped_says_so_and_goes_on_next_time(
    images: Path, tmp_path: Path, number: signal.Signals, code: int
) -> None:
    process = subprocess.Popen(audit(images, tmp_path), stderr=subprocess.PIPE, text=True, preexec_fn=listen_to_signals)
    while process.poll() is None and not (tmp_path / "out" / "artifacts").exists():
        time.sleep(0.01)
    process.send_signal(number)
    _, said = process.communicate(timeout=60)
    assert process.returncode == code, said
    assert f"datadoctor: stopped by {number.name}; what was done is kept" in said
    assert "Traceback" not in said
    assert run(*audit(images, tmp_path)[3:]).returncode == 0


@pytest.mark.parametrize("seconds", [0.3, 0.6, 1.2])
def test_stopped_while_it_still_imports(images: Path, tmp_path: Path, seconds: float) -> None:
    command = "import signal, sys, threading, os, datadoctor.cli as cli\n"
    command += f"threading.Timer({seconds}, lambda: os.kill(os.getpid(), signal.SIGTERM)).start()\n"
    everything = [part for part in audit(images, tmp_path)[3:] if part not in ("--select", "image-quality")]
    command += f"sys.exit(cli.main({everything!r}))"  # takes several seconds on any machine
    done = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 143, done.stderr
    assert "stopped by SIGTERM" in done.stderr
    assert "Traceback" not in done.stderr


def test_nohup_is_heeded(images: Path, tmp_path: Path) -> None:
    process = subprocess.Popen(
        audit(images, tmp_path),
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN),
    )
    while process.poll() is None and not (tmp_path / "out" / "artifacts").exists():
        time.sleep(0.01)
    process.send_signal(signal.SIGHUP)
    _, said = process.communicate(timeout=100)
    assert process.returncode == 0, said


def test_whoever_stops_reading_changes_no_verdict(tmp_path: Path) -> None:
    items = [item(f"cat/{number}.png") for number in range(2000)]
    found = [finding("mislabel", [one]) for one in items]
    folder = write_run(tmp_path / "run", items, found)
    for form, code in (("json", 1), ("text", 1)):
        process = subprocess.Popen(
            [*DATADOCTOR, "gate", str(folder), "--format", form], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(1)
        process.stdout.close()
        assert (process.wait(60), process.stderr.read()) == (code, b"")


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "latin-1", "utf-16"])
def test_a_console_shows_what_it_can(tmp_path: Path, encoding: str) -> None:
    items = [item("猫/日本 é.png"), item(os.fsdecode(b"dog/\xff.png").encode("utf-8", "replace").decode())]
    folder = write_run(tmp_path / "run", items, [finding("mislabel", items[:1]), finding("mislabel", items[1:])])
    environment = os.environ | {"PYTHONIOENCODING": encoding}
    for form in ("text", "markdown", "json"):
        done = subprocess.run(
            [*DATADOCTOR, "gate", str(folder), "--format", form], capture_output=True, env=environment, check=False
        )
        assert (done.returncode, done.stderr.decode(encoding).strip()) == (1, "")
        assert "mislabel" in done.stdout.decode(encoding)
    done = subprocess.run([*DATADOCTOR, "audit", "猫"], capture_output=True, env=environment, cwd=tmp_path, check=False)
    assert done.returncode == 2
    assert "not a folder" in done.stderr.decode(encoding)


def test_closed_streams_are_no_bug(tmp_path: Path) -> None:
    for closed in (">&-", "2>&-", ">&- 2>&-"):
        done = subprocess.run(["sh", "-c", f'"$0" -m datadoctor checks {closed}', sys.executable], check=False)
        assert done.returncode == 0, closed


def limited(kind: int, limit: int) -> Callable[[], None]:
    def limit_it() -> None:
        resource.setrlimit(kind, (limit, limit))

    return limit_it


def test_a_limit_of_file_size_is_3_and_the_next_audit_goes_on(images: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        audit(images, tmp_path),
        capture_output=True,
        text=True,
        preexec_fn=limited(resource.RLIMIT_FSIZE, 200_000),
        check=False,
    )
    assert done.returncode == 3, done.stderr
    assert "ulimit -f" in done.stderr
    assert "Traceback" not in done.stderr
    assert run(*audit(images, tmp_path)[3:]).returncode == 0


@pytest.mark.parametrize("gigabytes", [0.7, 1.5, 3, 5])
def test_a_limit_of_memory_is_3_and_no_bug(images: Path, tmp_path: Path, gigabytes: float) -> None:
    limit = limited(resource.RLIMIT_AS, int(gigabytes * 2**30))
    done = subprocess.run(
        audit(images, tmp_path), capture_output=True, text=True, preexec_fn=limit, timeout=60, check=False
    )
    assert done.returncode in (0, 3), (done.returncode, done.stderr)
    assert "Traceback" not in done.stderr
    assert done.returncode == 0 or "memory ran out" in done.stderr


def numpy_out_of_memory() -> None:
    np.zeros(2**60, dtype=np.uint8)


def torch_out_of_memory() -> None:
    import torch

    torch.zeros(2**60, dtype=torch.uint8)


def faiss_out_of_memory() -> None:
    import faiss

    faiss.Float32Vector().resize(2**60)


def opencv_out_of_memory() -> None:
    import cv2

    cv2.resize(np.zeros((2, 2), np.uint8), (2**31 - 1, 2**20))


@pytest.mark.parametrize(
    "run_out", [numpy_out_of_memory, torch_out_of_memory, faiss_out_of_memory, opencv_out_of_memory]
)
def test_however_a_library_words_it_memory_that_ran_out_is_3(
    run_out: Callable[[], None], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(Exception) as caught:  # noqa: PT011 - each library raises its own
        run_out()
    assert isinstance(fault_of(caught.value), IncompleteError)
    monkeypatch.setattr("datadoctor.cli.checks.run", lambda _: run_out())
    assert main(["checks"]) == 3
    said = capsys.readouterr().err
    assert "memory ran out" in said
    assert len(said.splitlines()) == 1


def test_a_bug_stays_a_bug() -> None:
    for error in (
        KeyError("a"),
        ValueError("b"),
        FileNotFoundError(2, "no", str(Path(main.__code__.co_filename).parent / "x")),
    ):
        assert fault_of(error) is None
