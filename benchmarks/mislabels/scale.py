"""Seconds and peak memory of judging n x K float32 probabilities from a file, beside cleanlab's ``find_label_issues``.

``python -m benchmarks.mislabels.scale --items 1000000 --classes 1000 [--work DIR]``; each measurement in a process of its own.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

AT_ONCE = 10_000


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
    np.save(file.with_suffix(".labels.npy"), labels)


def measure(which: str, file: Path) -> None:
    probabilities = np.load(file, mmap_mode="r")
    labels = np.load(file.with_suffix(".labels.npy"))
    start = time.perf_counter()
    if which == "datadoctor":
        from datadoctor.artifacts.label_quality import large

        flagged = large.judge(probabilities, labels, [str(k) for k in range(probabilities.shape[1])]).flagged
    else:
        from cleanlab.filter import find_label_issues

        flagged = find_label_issues(labels, probabilities, n_jobs=1)
    seconds = time.perf_counter() - start
    # Pages of the mapped file count as resident; memory of its own is what cannot be dropped.
    status = Path("/proc/self/status").read_text()
    own = int(status.split("RssAnon:")[1].split()[0]) / 2**20
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    shape = f"{probabilities.shape[0]:>9,} x {probabilities.shape[1]:,}"
    print(
        f"{which:<11}{shape}: {seconds:7.1f} s, peak {peak:.2f} GiB, own memory at the end {own:.2f} GiB, {int(flagged.sum()):,} flagged"
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mislabels.scale")
    parser.add_argument("--items", type=int, nargs="+", default=[50_000, 100_000, 200_000])
    parser.add_argument("--classes", type=int, default=1000)
    parser.add_argument("--work", type=Path, default=Path("build/mislabels"))
    parser.add_argument("--only", choices=("datadoctor", "cleanlab"))
    parser.add_argument("--measure", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        measure(options.measure[0], Path(options.measure[1]))
        return
    options.work.mkdir(parents=True, exist_ok=True)
    for items in options.items:
        file = options.work / f"scale-{items}.npy"
        write(file, items, options.classes)
        for which in (options.only,) if options.only else ("datadoctor", "cleanlab"):
            again = [sys.executable, "-m", "benchmarks.mislabels.scale", "--measure", which, str(file)]
            if subprocess.run(again, check=False).returncode:
                print(f"{which:<11}{items:>9,} x {options.classes:,}: did not survive")
        file.unlink()


if __name__ == "__main__":
    main()
