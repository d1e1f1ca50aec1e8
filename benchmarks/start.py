"""How long datadoctor takes to begin: ``python -m benchmarks.start``.

``--help``; ``gate`` where nothing changed; ``audit`` until its first line. The least of ten tries, in seconds on the clock and of the
processor: what other work on the machine adds is not ours.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil

from benchmarks.install import images, of_children

TRIES = 10
DATADOCTOR = (sys.executable, "-m", "datadoctor")


def whole(arguments: Sequence[str], folder: Path) -> tuple[float, float]:
    """Seconds on the clock and of the processor until a command ends."""
    return _measured(arguments, folder, lambda program: None)


def first_line(arguments: Sequence[str], folder: Path) -> tuple[float, float]:
    """Seconds until a command says its first line."""
    return _measured(arguments, folder, lambda program: program.stderr and program.stderr.readline())


def _measured(
    arguments: Sequence[str], folder: Path, until: Callable[[subprocess.Popen[bytes]], object]
) -> tuple[float, float]:
    started = time.perf_counter()
    command = [*DATADOCTOR, *arguments]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as program:
        if until(program):
            used = psutil.Process(program.pid).cpu_times()
            elapsed = time.perf_counter() - started
            program.kill()
            return elapsed, used.user + used.system
        before = of_children()
        program.wait()
        return time.perf_counter() - started, of_children() - before


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        images(folder / "data")
        for command in (["audit", "data", "--out", "run"], ["gate", "run", "--write-baseline", "base.jsonl"]):
            subprocess.run([*DATADOCTOR, *command, "--cache", "cache"], cwd=folder, check=True, capture_output=True)
        gate = ["gate", "data", "--baseline", "base.jsonl", "--cache", "cache"]
        audit = ["audit", "data", "--out", "run", "--cache", "cache"]
        print("| what | seconds | of the processor |\n|---|---|---|")
        for title, measure, arguments in (
            ("`--help`", whole, ["--help"]),
            ("`gate`, nothing changed", whole, gate),
            ("`audit`, until its first line", first_line, audit),
        ):
            tries = [measure(arguments, folder) for _ in range(TRIES)]
            print(f"| {title} | {min(t[0] for t in tries):.2f} | {min(t[1] for t in tries):.2f} |", flush=True)


if __name__ == "__main__":
    main()
