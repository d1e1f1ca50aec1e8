"""What the gate costs for a change to one in a hundred images, beside the cold audit of the base: ``python -m benchmarks.gate DATASET``.

Copies the dataset, keeps every hundredth image back, audits the rest without any cache, writes the baseline, adds what was
kept back, and measures ``gate``. Prints seconds, their ratio, and the start-up of the program alone.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

EVERY = 100


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dataset", type=Path, help="folder of class folders")
    parser.add_argument(
        "--weights", type=Path, help="state_dict of SqueezeNet 1.0 (default: the dataset's own filters)"
    )
    args = parser.parse_args()
    model = (
        ["--model", "squeezenet1_0", "--weights", str(args.weights.absolute())]
        if args.weights
        else ["--model", "filters"]
    )
    with tempfile.TemporaryDirectory() as name:
        measure(args.dataset, Path(name), model)


def measure(dataset: Path, work: Path, model: Sequence[str]) -> None:
    shutil.copytree(dataset, work / "data")
    images = sorted(file for file in (work / "data").rglob("*") if file.is_file())
    late = images[::EVERY]
    for number, image in enumerate(late):
        image.rename(work / f"late-{number}")
    weights = [*model[2:]]  # the model is the baseline's
    startup = timed(work, "gate", "--help")
    audit = timed(work, "audit", "data", "--out", "run", "--cache", "cache", *model)
    freeze = timed(work, "gate", "run", "--write-baseline", "baseline.jsonl", "--cache", "cache")
    for number, image in enumerate(late):
        (work / f"late-{number}").rename(image)
    gate = timed(work, "gate", "data", "--baseline", "baseline.jsonl", "--cache", "cache", "--exit-zero", *weights)
    print(f"images {len(images):,}, changed {len(late):,}")
    print(f"start-up {startup:.1f} s, cold audit {audit:.1f} s, write baseline {freeze:.1f} s, gate {gate:.1f} s")
    print(f"gate less start-up over cold audit: {(gate - startup) / audit:.1%} (to be at most 5 %)")


def timed(cwd: Path, *arguments: str) -> float:
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "datadoctor", *arguments], cwd=cwd, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"datadoctor {' '.join(arguments)}: exit code {done.returncode}\n{done.stderr}")
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
