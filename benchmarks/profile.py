"""Where an audit's time goes: `python -m benchmarks.profile IMAGES [audit's options] [--calls 25]`.

Audits once with nothing cached, in this process; prints wall seconds, seconds of all processors and peak memory of every stage that
took a tenth of a second, the longest first, then the calls of the main thread that took the most time themselves.
"""

from __future__ import annotations

import cProfile
import os
import pstats
import shutil
import sys
import tempfile
import time
from pathlib import Path

from datadoctor.machine import peak_memory, processors, share

LEAST_SECONDS = 0.1


def stages(folder: Path) -> None:
    from datadoctor.run import Run

    costs = sorted(Run(folder).summary["stages"], key=lambda one: -float(one["seconds"]))
    print(f"{'stage':<24}{'wall s':>9}{'cpu s':>9}{'peak MB':>9}")
    for one in costs:
        if one["seconds"] >= LEAST_SECONDS:
            print(f"{one['stage']:<24}{one['seconds']:9.1f}{one['cpu_seconds']:9.1f}{one['peak_mb']:9.0f}")


def main() -> None:
    from datadoctor.cli import main as datadoctor

    arguments, calls = sys.argv[1:], 25
    if "--calls" in arguments:
        at = arguments.index("--calls")
        calls = int(arguments[at + 1])
        del arguments[at : at + 2]
    work = Path(tempfile.mkdtemp(prefix="profile-"))
    try:
        profile = cProfile.Profile()
        start, start_cpu = time.perf_counter(), time.process_time()
        profile.enable()
        datadoctor(["audit", *arguments, "--cache", str(work / "cache"), "--out", str(work / "run")])
        profile.disable()
        wall, cpu = time.perf_counter() - start, time.process_time() - start_cpu
        load = os.getloadavg()[0]
        print(
            f"\n{wall:.1f} s, {cpu:.1f} s of {processors()} processors, {peak_memory() / 1e9:.2f} GB, load {load:.1f}\n"
        )
        stages(work / "run")
        print()
        pstats.Stats(profile).sort_stats("tottime").print_stats(calls)
    finally:
        shutil.rmtree(work)


if __name__ == "__main__":
    share()
    main()
