"""A whole audit of many items: `python -m benchmarks.scale --items 100000 250000 [--folder DIR] [--stages 12]`.

Writes pictures of 32 pixels, a manifest, embeddings (512 columns, a cluster a class) and probabilities (100 classes), with planted
exact and near copies, copies across splits and wrong labels, audits them from the command line in a process of its own, and prints:
seconds of the processors, peak memory, the stages that took most of either, the share of what was planted that was found, the size
of the report; and with several sizes the exponents with which seconds and memory grow.
"""

from __future__ import annotations

import argparse
import io
import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image

SIDE, COARSE = 32, 8
COLUMNS, CLASSES = 512, 100
WRONG = 0.05  # of the labels
COPIES = 0.001  # of the items, each: exact, near, and exact across splits
TEST = 0.2  # of the items are in the split 'test'
SPREAD = 0.9  # length of an item's own part, beside its class's centre of length 1
CHANGE = 0.1  # and of what a near copy changes
AT_ONCE = 10_000


class Planted:
    """``n`` items below ``folder``: files of their own, ``manifest.csv``, ``embeddings.npz``, ``probabilities.npz``, and the truth."""

    def __init__(self, folder: Path, n: int) -> None:
        self.folder, self.n = folder, n
        self._rng = rng = np.random.default_rng(n)
        k = int(n * COPIES)
        self.true = rng.integers(0, CLASSES, n)
        # The last 3k items are copies of the first.
        self.exact, self.near, self.leaks = (np.arange(n - (i + 1) * k, n - i * k) for i in range(3))
        self.true[n - 3 * k :] = self.true[: 3 * k]
        self.given = self.true.copy()
        self.wrong = rng.choice(n - 3 * k, int(n * WRONG), replace=False) if n else np.empty(0, int)
        self.wrong = self.wrong[self.wrong >= 3 * k]
        self.given[self.wrong] = (self.true[self.wrong] + rng.integers(1, CLASSES, len(self.wrong))) % CLASSES
        self.test = rng.random(n) < TEST
        self.test[n - 3 * k :] = self.test[: 3 * k]
        self.test[self.leaks] = ~self.test[self.original(self.leaks)]
        self.paths = [f"images/{row // 1000:05d}/{row:08d}.png" for row in range(n)]

    def original(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Of which items these are copies."""
        return rows - self.n + 3 * int(self.n * COPIES)

    def write(self) -> None:
        """Write all files."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self._pictures()
        names = np.array([f"class{label:03d}" for label in range(CLASSES)])
        splits = np.where(self.test, "test", "train")
        table = pd.DataFrame({"path": self.paths, "label": names[self.given], "split": splits})
        table.to_csv(self.folder / "manifest.csv", index=False)
        np.save(self.folder / "embeddings.npy", self._vectors())
        np.save(self.folder / "probabilities.npy", self._probabilities())

    def _pictures(self) -> None:
        near = dict(zip(self.near.tolist(), self.original(self.near).tolist(), strict=True))
        same = np.concatenate([self.exact, self.leaks])
        copied = dict(zip(same.tolist(), self.original(same).tolist(), strict=True))
        for row, path in enumerate(self.paths):
            file = self.folder / path
            if row % 1000 == 0:
                file.parent.mkdir(parents=True)
            if row in copied:
                file.write_bytes((self.folder / self.paths[copied[row]]).read_bytes())
                continue
            rng = np.random.default_rng([self.n, near.get(row, row)])
            coarse = Image.fromarray(rng.integers(0, 256, (COARSE, COARSE, 3), dtype=np.uint8))
            image = coarse.resize((SIDE, SIDE), Image.Resampling.BICUBIC)
            if row in near:
                image = Image.fromarray((np.asarray(image) * 0.9 + 10).astype(np.uint8))
            stream = io.BytesIO()
            image.save(stream, "PNG", compress_level=1)
            file.write_bytes(stream.getvalue())

    def _vectors(self) -> NDArray[np.float32]:
        centres = _directions(self._rng, CLASSES)
        vectors = np.empty((self.n, COLUMNS), dtype=np.float32)
        for start in range(0, self.n, AT_ONCE):
            part = vectors[start : start + AT_ONCE]
            part[:] = centres[self.true[start : start + AT_ONCE]] + SPREAD * _directions(self._rng, len(part))
        for rows, change in ((self.exact, 0.0), (self.leaks, 0.0), (self.near, CHANGE)):
            vectors[rows] = vectors[self.original(rows)] + change * _directions(self._rng, len(rows))
        return vectors

    def _probabilities(self) -> NDArray[np.float32]:
        made = np.empty((self.n, CLASSES), dtype=np.float32)
        for start in range(0, self.n, AT_ONCE):
            part = made[start : start + AT_ONCE]
            logits = self._rng.standard_normal(part.shape)
            logits[np.arange(len(part)), self.true[start : start + AT_ONCE]] += 6
            part[:] = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        return made

    def found(self, run: Path) -> dict[str, float]:
        """Of each kind of what was planted, the share that a run found; of wrong labels also how many of those flagged are."""
        pairs = pd.read_parquet(run / "duplicates.parquet", columns=["path_a", "path_b", "kind"])
        of = {
            kind: {frozenset(pair) for pair in zip(part["path_a"], part["path_b"], strict=True)}
            for kind, part in pairs.groupby("kind")
        }
        items = pd.read_parquet(run / "items.parquet", columns=["path", "flagged"])
        flagged = set(items["path"][items["flagged"].fillna(value=False).astype(bool)])
        wrong = {self.paths[row] for row in self.wrong.tolist()}
        return {
            "exact": self._share(self.exact, of.get("exact", set())),
            "leaks": self._share(self.leaks, of.get("exact", set())),
            "near": self._share(self.near, of.get("near", set())),
            "wrong labels": len(flagged & wrong) / max(len(wrong), 1),
            "of the flagged": len(flagged & wrong) / max(len(flagged), 1),
        }

    def _share(self, rows: NDArray[np.int64], pairs: set[frozenset[str]]) -> float:
        both = zip(rows.tolist(), self.original(rows).tolist(), strict=True)
        hits = [frozenset((self.paths[a], self.paths[b])) in pairs for a, b in both]
        return float(np.mean(hits)) if hits else math.nan


def _directions(rng: np.random.Generator, n: int) -> NDArray[np.float32]:
    drawn = rng.standard_normal((n, COLUMNS), dtype=np.float32)
    drawn /= np.linalg.norm(drawn, axis=1, keepdims=True)
    return drawn


def audited(planted: Planted, options: list[str]) -> tuple[Path, float, float]:
    """The run directory of an audit in a process of its own, the processors' seconds and the peak GiB."""
    folder = planted.folder
    run = folder / "run"
    call = [sys.executable, "-m", "datadoctor", "audit", str(folder), "--manifest", str(folder / "manifest.csv")]
    call += ["--embeddings", str(folder / "embeddings.npy"), "--pred-probs", str(folder / "probabilities.npy")]
    call += ["--out", str(run), "--cache", str(folder / "cache"), *options]
    process = subprocess.Popen(call, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status):
        raise SystemExit(f"the audit ended with {os.waitstatus_to_exitcode(status)}")
    return run, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 2**20


def told(planted: Planted, run: Path, seconds: float, peak: float, n_stages: int) -> None:
    costs: list[dict[str, Any]] = json.loads((run / "summary.json").read_text())["stages"]
    report = (run / "report.html").stat().st_size / 1e6
    print(f"\n{planted.n:,} items: {seconds:.0f} s of processors, peak {peak:.2f} GiB, report {report:.1f} MB")
    print("found: " + ", ".join(f"{name} {share:.3f}" for name, share in planted.found(run).items()))
    before = 0.0
    for cost in costs:
        cost["rise"], before = max(cost["peak_mb"] - before, 0), max(before, cost["peak_mb"])
    print(f"{'stage':<22}{'cpu s':>9}{'peak MB':>9}{'rise MB':>9}")
    most = sorted(costs, key=lambda one: -max(one["cpu_seconds"] / seconds, one["rise"] / (peak * 1024)))[:n_stages]
    for cost in most:
        print(f"{cost['stage']:<22}{cost['cpu_seconds']:9.1f}{cost['peak_mb']:9.0f}{cost['rise']:9.0f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, nargs="+", default=[100_000])
    parser.add_argument("--folder", type=Path, help="where to write; kept, and used again if it is there")
    parser.add_argument("--stages", type=int, default=14, help="how many to print")
    parser.add_argument("options", nargs="*", help="of the audit, after --")
    args = parser.parse_args()
    made: list[tuple[int, float, float]] = []
    for n in args.items:
        work = args.folder or Path(tempfile.mkdtemp(prefix="scale-"))
        planted = Planted(work / str(n), n)
        start = time.process_time()
        if not (planted.folder / "probabilities.npy").is_file():
            planted.write()
            print(f"{n:,} items written in {time.process_time() - start:.0f} s", flush=True)
        run, seconds, peak = audited(planted, args.options)
        told(planted, run, seconds, peak, args.stages)
        made.append((n, seconds, peak))
        if not args.folder:
            shutil.rmtree(work)
    for (n, seconds, peak), (m, more, higher) in pairwise(made):
        ratio = math.log(m / n)
        print(
            f"from {n:,} to {m:,}: seconds grow with the power {math.log(more / seconds) / ratio:.2f}, "
            f"memory with {math.log(higher / peak) / ratio:.2f}"
        )


if __name__ == "__main__":
    main()
