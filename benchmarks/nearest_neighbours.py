"""Speed, memory and recall of the index: `python benchmarks/nearest_neighbours.py --items 50000 --datalab`.

Unit vectors in clusters, with planted near pairs. Prints, each measured in a process of its own: seconds, peak memory, share of
the planted pairs that are neighbours; with ``--datalab`` beside it cleanlab's Datalab near_duplicate on the same vectors of the
first size, and how many times faster ours was. With several sizes, also the growth exponent of the seconds from each to the next.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import io
import json
import resource
import subprocess
import sys
import time
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

COLUMNS = 512
NEIGHBOURS = 30
PLANTED = 1000
CLUSTER = 250
SPREAD = 0.6  # length of an item's own part, beside its cluster's centre of length 1
CHANGE = 0.1  # and of what a copy changes


def planted(n: int) -> NDArray[np.float32]:
    """(n, 512): the last 1000 rows are changed copies of the first 1000."""
    rng = np.random.default_rng(0)
    centres = _directions(rng, max(1, n // CLUSTER))
    vectors = np.empty((n, COLUMNS), dtype=np.float32)
    for start in range(0, n, 65_536):
        part = vectors[start : start + 65_536]
        part[:] = centres[rng.integers(len(centres), size=len(part))] + SPREAD * _directions(rng, len(part))
    vectors[-PLANTED:] = vectors[:PLANTED] + CHANGE * _directions(rng, PLANTED)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors


def _directions(rng: np.random.Generator, n: int) -> NDArray[np.float32]:
    drawn = rng.standard_normal((n, COLUMNS), dtype=np.float32)
    drawn /= np.linalg.norm(drawn, axis=1, keepdims=True)
    return drawn


def ours(vectors: NDArray[np.float32]) -> tuple[float, str]:
    from datadoctor.stages.index.build import build

    found = build(vectors, NEIGHBOURS, device="cpu")
    copies = found.rows[:PLANTED] == np.arange(len(vectors) - PLANTED, len(vectors))[:, None]
    return float(copies.any(axis=1).mean()), f"{found.made_by}, recall measured in the run {found.recall:.4f}"


def datalab(vectors: NDArray[np.float32]) -> tuple[float, str]:
    from cleanlab import Datalab

    lab = Datalab(data={"row": list(range(len(vectors)))})
    with contextlib.redirect_stdout(io.StringIO()):
        lab.find_issues(features=vectors, issue_types={"near_duplicate": {}})
    sets = lab.get_info("near_duplicate")["near_duplicate_sets"]
    first = len(vectors) - PLANTED
    return float(np.mean([first + row in set(map(int, sets[row])) for row in range(PLANTED)])), "Datalab near_duplicate"


def measure(method: str, n: int) -> None:
    """Run one method and print its figures as JSON."""
    vectors = planted(n)
    start = time.perf_counter()
    recall, words = {"ours": ours, "datalab": datalab}[method](vectors)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(json.dumps({"seconds": seconds, "GiB": peak, "planted": recall, "words": words}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, nargs="+", default=[50_000])
    parser.add_argument("--datalab", action="store_true")
    parser.add_argument("--measure", choices=("ours", "datalab"))
    arguments = parser.parse_args()
    if arguments.measure:
        measure(arguments.measure, arguments.items[0])
        return
    print(f"{'items':>10}{'seconds':>10}{'GiB':>7}{'planted pairs':>15}  method")
    seconds = [timed("ours", n) for n in arguments.items]
    for (n, fast), (more, slow) in pairwise(zip(arguments.items, seconds, strict=True)):
        print(f"from {n:,} to {more:,}: seconds grow with the power {np.log(slow / fast) / np.log(more / n):.2f}")
    if arguments.datalab and importlib.util.find_spec("datasets") is None:
        print("Datalab skipped: pip install 'cleanlab[datalab]'")
    elif arguments.datalab:
        theirs = timed("datalab", arguments.items[0])
        print(f"ours in 1/{theirs / seconds[0]:.1f} of the time of Datalab")


def timed(method: str, n: int) -> float:
    """Seconds of one method in a process of its own; prints its row of the table."""
    command = [sys.executable, __file__, "--measure", method, "--items", str(n)]
    figures = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
    row = f"{n:>10,}{figures['seconds']:>10.1f}{figures['GiB']:>7.2f}{figures['planted']:>15.4f}  {figures['words']}"
    print(row, flush=True)
    return float(figures["seconds"])


if __name__ == "__main__":
    main()
