"""The program in a process of its own, its results, and how a try is judged."""

from __future__ import annotations

import contextlib
import hashlib
import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

SECONDS = 300
CODES = {0, 1, 2, 3, 129, 130, 143}


@dataclass
class Row:
    """One line of the table: what was tried, how often, and every try that went wrong, in words."""

    what: str
    tries: int = 0
    wrong: list[str] = field(default_factory=list)
    notes: str = ""

    def check(self, holds: bool, otherwise: str) -> None:
        """Count a failure unless it holds."""
        if not holds:
            self.wrong.append(otherwise)


@dataclass(frozen=True)
class Ended:
    """How a process ended; a signal that killed it is a negative code."""

    code: int
    said: str

    @property
    def in_order(self) -> bool:
        """Whether it ended with a documented code and no traceback."""
        return self.code in CODES and "Traceback" not in self.said


def audit(images: Path, folder: Path) -> list[str]:
    """The audit whose findings are compared."""
    places = ["--out", str(folder / "out"), "--cache", str(folder / "cache")]
    return ["audit", str(images), "--model", "filters", *places]


def start(call: list[str], limit: Callable[[], None] | None = None) -> subprocess.Popen[str]:
    """The program, in a group of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "datadoctor", *call], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, errors="replace", start_new_session=True, preexec_fn=limit,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )  # fmt: skip


def end(process: subprocess.Popen[str]) -> Ended:
    """Wait for it; what hangs is killed, and says so."""
    try:
        said, _ = process.communicate(timeout=SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        said = process.communicate()[0] + "\nTraceback: it hung"
    return Ended(process.returncode, said)


def run(call: list[str], limit: Callable[[], None] | None = None) -> Ended:
    """The program from start to end."""
    return end(start(call, limit))


def stopped(call: list[str], number: signal.Signals, seconds: float) -> Ended:
    """The program, sent a signal after so many seconds unless it has ended."""
    process = start(call)
    time.sleep(seconds)
    with contextlib.suppress(ProcessLookupError):
        os.kill(process.pid, number)
    return end(process)


def timed(call: list[str]) -> tuple[Ended, float]:
    """The program, and the seconds it took."""
    begin = time.monotonic()
    ended = run(call)
    return ended, time.monotonic() - begin


def limited(kind: int, limit: int) -> Callable[[], None]:
    """For a child process: no more than this of a resource."""

    def limit_it() -> None:
        resource.setrlimit(kind, (limit, limit))

    return limit_it


def findings(folder: Path) -> str:
    """What an audit found, for comparison; '' where there is no whole run."""
    try:
        return hashlib.sha256((folder / "out" / "findings.csv").read_bytes()).hexdigest()
    except OSError:
        return ""


def items(folder: Path) -> pd.DataFrame:
    """The table of images of a run."""
    return pd.read_parquet(folder / "out" / "items.parquet")


def damages(content: bytes, chance: random.Random) -> Iterator[bytes]:
    """The bytes of a file, damaged in one way after the other."""
    yield b""
    yield content[: chance.randrange(len(content) + 1)]
    place = chance.randrange(max(len(content), 1))
    yield content[:place] + bytes([chance.randrange(256)]) + content[place + 1 :]
    yield content[:place] + chance.randbytes(min(64, len(content))) + content[place + 64 :]
    yield chance.randbytes(len(content))
    yield content + chance.randbytes(100)
    yield bytes(len(content))
