"""Is this image new? `python -m benchmarks.known RUN UNKNOWN [--known 1000000] [--new 1000] [--folder DIR]`.

Makes an index of RUN, an audit of real images that are still where they were, and puts a synthetic part to it, so that it holds
``--known``: vectors around the real ones, pictures of real images. Half of ``--new`` are changed copies of real known images, half
are images below UNKNOWN. Asks `datadoctor compare NEW --index` in a process of its own and prints its seconds (wall, and of the
processors), peak memory, the share of the copies that was found, and how many of the unknown were taken for known; once with
nothing cached, once with the new images read before.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image, ImageEnhance

from datadoctor.comparison.known import ITEMS, SMALL, THUMBNAILS, VECTORS, Index, Part, opened, write
from datadoctor.run import Run

AT_ONCE = 10_000
SPREAD = 0.7  # length of a synthetic item's own part, beside that of the real one
IMAGES = (".jpg", ".jpeg", ".png")


def changed(image: Image.Image, kind: int) -> Image.Image:
    """The image at 70 % of its size, darker, without its edges, or mirrored."""
    width, height = image.size
    if kind == 0:
        return image.resize((round(0.7 * width), round(0.7 * height)))
    if kind == 1:
        return ImageEnhance.Brightness(image).enhance(0.8)
    if kind == 2:
        return image.crop((width // 20, height // 20, width - width // 20, height - height // 20))
    return image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)


def write_new(folder: Path, run: Run, unknown: Path, n: int) -> None:
    """Half changed copies, ``known/PATH``, half ``unknown/``."""
    items = run.items[run.items["readable"]]["path"].tolist()
    rng = np.random.default_rng(0)
    for number, row in enumerate(rng.choice(len(items), n // 2, replace=False).tolist()):
        with Image.open(Path(run.summary["source"]) / items[row]) as image:
            made = changed(image.convert("RGB"), number % 4)
        target = folder / "known" / f"{items[row].replace('/', '__')}.jpg"
        target.parent.mkdir(parents=True, exist_ok=True)
        made.save(target, quality=80)
    others = sorted(file for file in unknown.rglob("*") if file.suffix.lower() in IMAGES)
    (folder / "unknown").mkdir(parents=True)
    for number, row in enumerate(rng.choice(len(others), n - n // 2, replace=False).tolist()):
        shutil.copyfile(others[row], folder / "unknown" / f"{number:05d}{others[row].suffix}")


def add_synthetic(index: Index, n: int) -> None:
    """A part of n items that nothing was audited for."""
    first = index.parts[0]
    real, small = np.asarray(index.array(first, VECTORS), np.float32), np.asarray(index.array(first, SMALL))
    part = Part(f"{len(index.parts) + 1:04d}", "synthetic", n, "synthetic")
    folder = index.path / part.folder
    folder.mkdir()
    rng = np.random.default_rng(1)
    vectors = np.lib.format.open_memmap(folder / VECTORS, "w+", np.float16, (n, index.columns))
    pictures = np.lib.format.open_memmap(folder / SMALL, "w+", np.uint8, (n, *small.shape[1:]))
    for start in range(0, n, AT_ONCE):
        rows = rng.integers(0, len(real), min(AT_ONCE, n - start))
        own = rng.standard_normal((len(rows), index.columns), dtype=np.float32)
        drawn = real[rows] + SPREAD * own / np.linalg.norm(own, axis=1, keepdims=True)
        vectors[start : start + len(rows)] = drawn / np.linalg.norm(drawn, axis=1, keepdims=True)
        noise = rng.integers(-40, 41, (len(rows), *small.shape[1:]))
        pictures[start : start + len(rows)] = np.clip(small[rows] + noise, 0, 255)
    table = pq.read_table(index.path / first.folder / ITEMS)
    table = table.take(pa.array(np.arange(n) % first.images))
    digests = pa.array([f"synthetic {row:054d}" for row in range(n)])
    table = table.set_column(table.column_names.index("pixel_digest"), "pixel_digest", digests)
    pq.write_table(table, folder / ITEMS)
    shutil.copyfile(index.path / first.folder / THUMBNAILS, folder / THUMBNAILS)
    write(replace(index, parts=(*index.parts, part)))


def timed(call: list[str]) -> tuple[float, float, float]:
    """Seconds of the clock, of the processors, and peak GiB of a command of datadoctor."""
    start = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", "datadoctor", *call], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status):
        raise SystemExit(f"datadoctor {' '.join(call)} ended with {os.waitstatus_to_exitcode(status)}")
    return time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 2**20


def told(out: Path) -> dict[str, Any]:
    """Share of copies found, each with its original; how many unknown ones have a copy."""
    pairs = pd.read_csv(out / "pairs.csv")
    answer = json.loads((out / "compare.json").read_text())
    found: dict[str, set[str]] = {}
    for a, b in zip(pairs["path_a"], pairs["path_b"], strict=True):
        found.setdefault(a, set()).add(b.partition("/")[2])
    known = {a: b for a, b in found.items() if a.startswith("known/")}
    right = sum(a[len("known/") : -len(".jpg")].replace("__", "/") in b for a, b in known.items())
    return {"right": right, "unknown": len(found) - len(known), "images": answer["b"]["images"]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("unknown", type=Path)
    parser.add_argument("--known", type=int, default=1_000_000)
    parser.add_argument("--new", type=int, default=1_000)
    parser.add_argument("--folder", type=Path, help="where to write (default: a temporary folder, removed)")
    args = parser.parse_args()
    work = args.folder or Path(tempfile.mkdtemp(prefix="known-"))
    path, new, out, cache = (work / name for name in ("known.idx", "new", "out", "cache"))
    if not path.exists():
        _, seconds, _ = timed(["index", str(args.run), "--out", str(path)])
        index = opened(path)
        print(
            f"index of {len(index):,} real images: {seconds:.1f} s of processors, {index.columns} columns", flush=True
        )
        add_synthetic(index, args.known - len(index))
        write_new(new, Run(args.run), args.unknown, args.new)
    for what in ("nothing read before", "new images in the cache"):
        wall, seconds, peak = timed(
            ["compare", str(new), "--index", str(path), "--out", str(out), "--cache", str(cache), "-q"]
        )
        print(
            f"{what}: {wall:.1f} s, {seconds:.1f} s of processors, peak {peak:.2f} GiB, load {os.getloadavg()[0]:.1f}"
        )
        print(told(out), flush=True)
    if not args.folder:
        shutil.rmtree(work)


if __name__ == "__main__":
    main()
