"""Seconds and peak memory of judging n x K float32 probabilities from a file, beside cleanlab's ``find_label_issues``.

``python -m benchmarks.mislabels.scale --items 1000000 --classes 1000 [--work DIR]``; each measurement in a process of its own.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

AT_ONCE = 10_000
METHODS = ("datadoctor", "cleanlab")


def write(file: Path, items: int, classes: int) -> None:
    """Probabilities of a model that is right for nine of ten, and labels of which one in twenty is wrong."""
    random = np.random.default_rng(0)
    probabilities = np.lib.format.open_memmap(file, mode="w+", dtype=np.float32, shape=(items, classes))
    labels = np.empty(items, dtype=np.int32)
    for start in range(0, items, AT_ONCE):
        stop = min(start + AT_ONCE, items)
        truth = random.integers(0, classes, stop - start)
        called = np.where(random.random(len(truth)) < 0.9, truth, random.integers(0, classes, len(truth)))
        wrong = random.random(len(truth)) < 0.05
        labels[start:stop] = np.where(wrong, random.integers(0, classes, len(truth)), truth)
        rest = random.random((len(truth), classes), dtype=np.float32)
        sure = random.uniform(0.4, 1.0, len(truth)).astype(np.float32)
        rest *= ((1 - sure) / rest.sum(axis=1))[:, None]
        rest[np.arange(len(truth)), called] += sure
        probabilities[start:stop] = rest
    probabilities.flush()
    np.save(labels_of(file), labels)


def labels_of(file: Path) -> Path:
    return file.with_suffix(".labels.npy")


def measure(method: str, file: Path) -> None:
    """Run one method in this process; print its figures as JSON."""
    probabilities = np.load(file, mmap_mode="r")
    labels = np.load(labels_of(file))
    start = time.perf_counter()
    if method == "datadoctor":
        from datadoctor.stages.label_quality import large

        flagged = large.judge(probabilities, labels, [str(k) for k in range(probabilities.shape[1])]).flagged
    else:
        from cleanlab.filter import find_label_issues

        flagged = find_label_issues(labels, probabilities, n_jobs=1)
    seconds = time.perf_counter() - start
    # Not getrusage: that remembers the process which started this one.
    status = Path("/proc/self/status").read_text()
    peak = int(status.split("VmHWM:")[1].split()[0]) / 2**20
    print(json.dumps({"seconds": seconds, "GiB": peak, "flagged": int(flagged.sum())}))


def measured(method: str, file: Path) -> dict[str, float] | None:
    """The figures of one method in a process of its own; None where it did not survive."""
    again = [sys.executable, "-m", "benchmarks.mislabels.scale", "--measure", method, str(file)]
    done = subprocess.run(again, check=False, capture_output=True, text=True)
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1]) if done.returncode == 0 else {}
    return figures or None


def growth(found: dict[int, dict[str, float]], figure: str) -> str:
    """The exponent of n with which a figure grows from the smallest to the largest size."""
    least, most = min(found), max(found)
    if least == most:
        return "not measured"
    return f"n^{math.log(found[most][figure] / found[least][figure]) / math.log(most / least):.2f}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mislabels.scale")
    parser.add_argument("--items", type=int, nargs="+", default=[50_000, 100_000, 200_000])
    parser.add_argument("--classes", type=int, default=1000)
    parser.add_argument("--work", type=Path, default=Path("build/mislabels"))
    parser.add_argument("--only", choices=METHODS)
    parser.add_argument("--measure", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        measure(options.measure[0], Path(options.measure[1]))
        return
    options.work.mkdir(parents=True, exist_ok=True)
    methods = (options.only,) if options.only else METHODS
    found: dict[str, dict[int, dict[str, float]]] = {method: {} for method in methods}
    for items in options.items:
        file = options.work / f"scale-{items}.npy"
        write(file, items, options.classes)
        for method in methods:
            line, figures = f"{method:<11}{items:>9,} x {options.classes:,}: ", measured(method, file)
            if figures is None:
                print(line + "did not survive", flush=True)
                continue
            found[method][items] = figures
            rest = f"peak {figures['GiB']:.2f} GiB, {figures['flagged']:,} flagged"
            print(f"{line}{figures['seconds']:7.1f} s, {rest}", flush=True)
        file.unlink()
        labels_of(file).unlink()
    for method, sizes in found.items():
        if sizes:
            print(f"{method:<11}grows as: seconds {growth(sizes, 'seconds')}, memory {growth(sizes, 'GiB')}")


if __name__ == "__main__":
    main()
