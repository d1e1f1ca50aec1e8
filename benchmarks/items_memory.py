"""Memory of the items themselves: `python -m benchmarks.items_memory [--items 100000]`.

Makes what an audit holds of every item besides arrays of vectors (the listing, what reading noted, the dataset, the table of the items)
from drawn names and digests, without a file, and prints what each added to this process's memory, an item and in all.
"""

from __future__ import annotations

import argparse
import gc
import time
from pathlib import Path

from datadoctor.machine import peak_memory, used_memory
from datadoctor.run.tables import items_table
from datadoctor.sources.building import Entry, Said, build
from datadoctor.stages.dataset import Images, readable_part
from datadoctor.stages.dataset.look import Look
from datadoctor.stages.reading.noted import Noted
from datadoctor.stages.reading.opening import Facts
from datadoctor.stages.reading.quality import COLUMNS


class Told:
    """Prints the memory that came since the last time."""

    def __init__(self, n: int) -> None:
        self._n, self._before, self._start = n, used_memory(), time.process_time()

    def __call__(self, what: str) -> None:
        """What came with ``what``."""
        gc.collect()
        now, seconds = used_memory(), time.process_time() - self._start
        print(f"{what:<24}{(now - self._before) / self._n:8.0f} B an item{seconds:8.1f} s of processors so far")
        self._before = now


def entries(n: int) -> list[Entry]:
    return [
        Entry(
            f"images/{i // 1000:05d}/{i:08d}.png",
            (f"class{i % 100:03d}",),
            "test" if i % 5 == 0 else "train",
            "",
            f"m.csv:{i + 2}",
        )
        for i in range(n)
    ]


def noted(n: int) -> Images:
    quality = dict.fromkeys(COLUMNS, 0.5)
    found = Noted()
    for i in range(n):
        own = {name: value + i for name, value in quality.items()}
        mode = "".join("RGB")  # a text of its own, as JSON from the cache gives
        found.add(Facts(True, "", "", f"{i:064x}", f"{i + 7:064x}", 32, 32, 2000, mode, own))
    return found.images(Look())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=100_000)
    n = parser.parse_args().items
    told = Told(n)
    listing = build(Path("/images"), entries(n), Said())
    told("listing")
    images = noted(n)
    told("what reading noted")
    dataset = readable_part(listing, images)
    told("dataset")
    table = items_table(listing, images, dataset, None, None, None)
    told("table of the items")
    print(
        f"{len(table):,} items, peak {peak_memory() / 1e9:.2f} GB, {peak_memory() / n:.0f} B an item with all libraries"
    )


if __name__ == "__main__":
    main()
