"""Whole audits side by side: `python -m benchmarks.whole_audit [--sets caltech44 …] [--n N] [--fastdup PYTHON] [--repeat]`.

Each on the same files, in one run, one after the other, each in a process of its own with nothing kept from before: datadoctor by
default, with `--model filters`, and its gate with `--hash-only`; Datalab with CleanVision, on our embeddings and probabilities;
imagededup's CNN with our network; fastdup, by the Python of an environment that it is installed in. Prints seconds on the clock and of
the processors, images a second (of the clock), peak memory of the largest process, and of what is known: wrong labels flagged (and how
many are flagged in all), copies and look-alikes joined, leaks found. `--repeat`: ours again with nothing changed, and with 20 images.
Peers that are not installed are left out, and it is said: `pip install --group benchmarks`.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from PIL import Image

from benchmarks.whole_audit.sets import ImageSet, image_sets

DATADOCTOR = (sys.executable, "-m", "datadoctor")
PEER = Path(__file__).with_name("peer.py")
COLUMNS = (
    "seconds",
    "of processors",
    "images/s",
    "peak GB",
    "wrong labels",
    "flagged",
    "copies",
    "look-alikes",
    "leaks",
)
CHANGED = 20
# As our own processes have it: threads that wait busily for each other take minutes on a machine that does anything else.
QUIET = {"OMP_WAIT_POLICY": "PASSIVE", "KMP_BLOCKTIME": "0", "OPENBLAS_NUM_THREADS": "1"}


class Cost:
    """What a command took; its output goes to a file beside ``work``."""

    def __init__(self, command: Sequence[str], work: Path) -> None:
        start = time.perf_counter()
        with (work / "output.txt").open("wb") as output:
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=output, env=os.environ | QUIET)
            assert process.stdout
            self.said = process.stdout.read().decode()
            _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        self.seconds, self.processors = time.perf_counter() - start, used.ru_utime + used.ru_stime
        self.peak = used.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
        if process.returncode not in (0, 3):
            raise SystemExit(
                f"{' '.join(command)}: exit code {process.returncode}\n{(work / 'output.txt').read_text()}"
            )


def audit(images: ImageSet, run: Path, *options: str) -> list[str]:
    where = [str(images.folder), "--manifest", str(images.manifest), "--label-column", "label"]
    return [*DATADOCTOR, "audit", *where, "--out", str(run), "--cache", str(run.with_name("cache")), "-q", *options]


def of_run(run: Path) -> dict[str, Any]:
    import pandas as pd

    items, pairs = (pd.read_parquet(run / f"{name}.parquet") for name in ("items", "duplicates"))
    ends = pd.concat(
        [
            pairs[["set_id", "path_a"]].set_axis(["set", "path"], axis=1),
            pairs[["set_id", "path_b"]].set_axis(["set", "path"], axis=1),
        ]
    )
    ends = ends[ends["set"] >= 0]
    return {"wrong": items["path"][items["flagged"]].tolist(), "sets": ends.groupby("set")["path"].apply(list).tolist()}


def of_gate(said: str) -> dict[str, Any]:
    new = [one for check in json.loads(said)["checks"] if "duplicate" in check["check"] for one in check["new"]]
    return {"wrong": [], "sets": [[subject["path"] for subject in one["subjects"]] for one in new]}


def row(name: str, images: ImageSet, cost: Cost, found: dict[str, Any], *, judges: bool) -> str:
    joined = _together(found["sets"])
    n, flagged = len(images.labels), set(found["wrong"])

    def share(pairs: Sequence[tuple[str, str]]) -> str:
        return f"{sum(a in joined and joined[a] == joined.get(b) for a, b in pairs)} of {len(pairs)}" if pairs else ""

    labels = f"{len(flagged & images.wrong)} of {len(images.wrong)}" if judges and images.wrong is not None else ""
    cells = [
        f"{cost.seconds:.1f}", f"{cost.processors:.1f}", f"{n / cost.seconds:.0f}", f"{cost.peak / 1e9:.2f}", labels,
        str(len(flagged)) if judges else "", share(images.copies), share(images.alike), share(images.leaks) if images.splits else "",
    ]  # fmt: skip
    return f"| {name} | {' | '.join(cells)} |"


def _together(sets: Iterable[Sequence[str]]) -> dict[str, str]:
    """By path, one path that stands for all that are joined with it."""
    leader: dict[str, str] = {}

    def first(path: str) -> str:
        while leader.setdefault(path, path) != path:
            path = leader[path]
        return path

    for paths in sets:
        for a, b in pairwise(paths):
            leader[first(a)] = first(b)
    return {path: first(path) for path in list(leader)}


def beside(images: ImageSet, work: Path, arguments: argparse.Namespace) -> None:
    print(f"\n{images.name}, {len(images.labels):,} images, load {os.getloadavg()[0]:.1f}\n")
    print(f"| | {' | '.join(COLUMNS)} |\n|{'---|' * (len(COLUMNS) + 1)}", flush=True)
    run = work / "run"
    cost = Cost(audit(images, run), work)
    print(row("datadoctor", images, cost, of_run(run), judges=True), flush=True)
    if arguments.repeat:
        print(
            row("again, nothing changed", images, Cost(audit(images, run), work), of_run(run), judges=True), flush=True
        )
        _change(images)
        print(
            row(f"again, {CHANGED} images changed", images, Cost(audit(images, run), work), of_run(run), judges=True),
            flush=True,
        )
    (work / "filters").mkdir()
    cost = Cost(audit(images, work / "filters/run", "--model", "filters"), work)
    print(row("datadoctor --model filters", images, cost, of_run(work / "filters/run"), judges=True), flush=True)
    gate = [*DATADOCTOR, "gate", str(images.folder), "--manifest", str(images.manifest), "--hash-only", "--exit-zero"]
    cost = Cost([*gate, "--format", "json", "--cache", str(work / "gate")], work)
    print(row("datadoctor gate --hash-only", images, cost, of_gate(cost.said), judges=False), flush=True)
    for name, title, python, needs in (
        ("datalab", "Datalab with CleanVision, on our view", sys.executable, "cleanvision"),
        ("imagededup", "imagededup CNN, our network", sys.executable, "imagededup"),
        ("fastdup", "fastdup", arguments.fastdup, ""),
    ):
        if not python or (needs and not importlib.util.find_spec(needs)):
            print(f"| {title}: not installed |", flush=True)
            continue
        out = work / f"{name}.json"
        cost = Cost([python, str(PEER), name, str(images.manifest), str(images.folder), str(run), str(out)], work)
        print(row(title, images, cost, json.loads(out.read_text()), judges=name == "datalab"), flush=True)


def _change(images: ImageSet) -> None:
    """Write some images anew, a little darker."""
    for path in list(images.labels)[:: max(1, len(images.labels) // CHANGED)][:CHANGED]:
        with Image.open(images.folder / path) as image:
            darker = image.convert("RGB").point([round(0.97 * value) for value in range(256)] * 3)
        darker.save(images.folder / path)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.whole_audit", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--sets", nargs="+", default=["caltech44"], help="caltech44, cifar10, imagenet_sample, resized")
    parser.add_argument("--n", type=int, default=0, help="about so many images of each (default: all)")
    parser.add_argument("--fastdup", metavar="PYTHON", help="the Python of an environment with fastdup")
    parser.add_argument("--repeat", action="store_true")
    arguments = parser.parse_args()
    for name in arguments.sets:
        with tempfile.TemporaryDirectory() as work:
            for images in image_sets(arguments.data, Path(work), [name], arguments.n):
                beside(images, Path(work), arguments)


if __name__ == "__main__":
    main()
