"""The report of many items: `python -m benchmarks.report_size RUN [--times 100]`.

Repeats the items, findings and copies of RUN (every tenth finding in each repetition but the first) under other paths, as if the
audit had been of so many times the images, writes the report of that, and prints its size, seconds of the processors and peak memory.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from datadoctor import report
from datadoctor.machine import peak_memory, used_memory
from datadoctor.run import Run
from datadoctor.stages.reading.thumbnails import Thumbnails


def repeated(run: Run, times: int, out: Path) -> None:
    """Write the run directory."""
    shutil.copytree(run.path, out, ignore=shutil.ignore_patterns("stages", "*.npy", "report.html"))
    items, n = run.items, int((run.items["row"] >= 0).sum())
    parts = []
    for k in range(times):
        rows = np.where(items["row"] >= 0, items["row"] + k * n, -1)
        parts.append(items.assign(path=f"{k:04d}/" + items["path"], row=rows))
    pd.concat(parts).to_parquet(out / "items.parquet", index=False)
    findings = [_of_repetition(run.findings if k == 0 else run.findings[::10], k) for k in range(times)]
    pd.concat(findings).to_parquet(out / "findings.parquet", index=False)
    pairs = run.duplicates
    several = [
        pairs.assign(**{name: f"{k:04d}/" + pairs[name] for name in ("path_a", "path_b", "keep")}) for k in range(times)
    ]
    pd.concat(several).to_parquet(out / "duplicates.parquet", index=False)
    near = run.arrays("neighbours")
    one = near["rows"].astype(np.int32)
    rows = np.concatenate([np.where(one >= 0, one + k * n, -1) for k in range(times)])
    np.savez(out / "artifacts/neighbours.npz", rows=rows, cosines=np.tile(near["cosines"], (times, 1)))
    np.save(out / "artifacts/pred_probs.npy", np.tile(np.asarray(run.array("pred_probs")), (times, 1)))
    summary: dict[str, Any] = json.loads((run.path / "summary.json").read_text())
    data = summary["dataset"]
    for name in ("images", "readable", "unreadable", "labelled"):
        data[name] *= times
    data["class_counts"] = {name: count * times for name, count in data["class_counts"].items()}
    (out / "summary.json").write_text(json.dumps(summary))


def _of_repetition(findings: pd.DataFrame, k: int) -> pd.DataFrame:
    subjects = []
    for text in findings["subjects"]:
        subjects.append(json.dumps([item | {"path": f"{k:04d}/{item['path']}"} for item in json.loads(text)]))
    return findings.assign(subjects=subjects)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("--times", type=int, default=100)
    args = parser.parse_args()
    work = Path(tempfile.mkdtemp(prefix="report-"))
    try:
        out = work / "run"
        repeated(Run(args.run), args.times, out)
        run = Run(out)
        before, start = used_memory(), time.process_time()
        report.write(run, Thumbnails(out / "artifacts/thumbnails.sqlite").get, out / "report.html")
        seconds, size = time.process_time() - start, (out / "report.html").stat().st_size
        print(
            f"{len(run.items):,} items, {len(run.findings):,} findings: {size / 1e6:.1f} MB, {seconds:.1f} s of processors, "
            f"peak {peak_memory() / 2**30:.2f} GiB ({before / 2**30:.2f} before)"
        )
    finally:
        shutil.rmtree(work)


if __name__ == "__main__":
    main()
