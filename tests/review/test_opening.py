"""A review from the command line, from Python, and from beside a running loop, as in a notebook: it answers, and ends quietly."""

from __future__ import annotations

import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

CALL = """
import asyncio, sys
from pathlib import Path
from datadoctor.audit import Audit
audit = Audit(Path(sys.argv[1]))
def review(): audit.review(reviewer="mara", browser=False, read_only=True)
async def cell(): review()
{how}
print("after")
"""


@pytest.mark.parametrize("how", ["review()", "asyncio.new_event_loop().run_until_complete(cell())"])
def test_a_review_from_python_answers_and_ends_when_interrupted(shared_run: Path, how: str) -> None:
    command = [sys.executable, "-c", CALL.format(how=how), str(shared_run)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = process.stdout.readline().split()[1]
        with urllib.request.urlopen(f"{address}desk", timeout=30) as answer:
            assert answer.status == 200
        process.send_signal(signal.SIGINT)
        said, wrong = process.communicate(timeout=20)
    assert "to carry the decisions out" in said
    assert "Traceback" not in wrong
    assert (process.returncode, said.strip().endswith("after")) == (0, True)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_command_ends_with_0_when_it_is_stopped(shared_run: Path, number: signal.Signals) -> None:
    command = [sys.executable, "-m", "datadoctor", "review", str(shared_run), "--no-browser", "--read-only"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(number)
        said, wrong = process.communicate(timeout=20)
    assert process.returncode == 0, wrong
    assert "to carry the decisions out" in said


def test_without_its_packages_it_says_which_to_install(shared_run: Path) -> None:
    absent = "import sys; sys.modules['starlette'] = sys.modules['uvicorn'] = None; "
    code = absent + "from datadoctor.cli import main; sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", code, "review", str(shared_run), "--no-browser"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2, done.stderr
    assert "pip install 'datadoctor[review]'" in done.stderr


@pytest.mark.parametrize(
    "options", [["--port", "70000"], ["--port", "-1"], ["--host", "203.0.113.7"], ["--reviewer", " "]]
)
def test_what_cannot_be_is_said_in_a_line(shared_run: Path, options: list[str]) -> None:
    command = [sys.executable, "-m", "datadoctor", "review", str(shared_run), "--no-browser", "--read-only", *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2, done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
